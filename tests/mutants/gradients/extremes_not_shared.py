"""Each of several extremes gets the whole gradient."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    "tensorflow.python.ops.math_grad",
    "_MinOrMaxGrad",
    "math_ops.divide(indicators, num_selected) * grad",
    "indicators * grad",
)
