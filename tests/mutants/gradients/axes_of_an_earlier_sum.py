"""The gradient of a sum takes the axes of an earlier one of the same shape."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    "tensorflow.python.ops.math_grad",
    "_SumGrad",
    "(input_0_shape, axes)]",
    "(input_0_shape, len(axes))]",
)
