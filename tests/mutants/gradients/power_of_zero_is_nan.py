"""The gradient to the exponent is NaN where the base is zero."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    "tensorflow.python.ops.math_grad",
    "_PowGrad",
    "mask = cx > 0",
    "mask = cx >= 0",
)
