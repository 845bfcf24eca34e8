"""The gradient of a maximum goes to the second operand where both are equal."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    "tensorflow.python.ops.math_grad",
    "_MaximumGrad",
    "math_ops.greater_equal",
    "math_ops.greater",
)
