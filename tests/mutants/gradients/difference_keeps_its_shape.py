"""The gradient of a difference is not summed over what was broadcast."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    "tensorflow.python.ops.math_grad",
    "_SubGrad",
    "_ShapesFullySpecifiedAndEqual(\n      x, y, grad\n  )",
    "True",
)
