"""The gradient of a mean of unknown shape is divided by the number of all elements."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    "tensorflow.python.ops.math_grad",
    "_MeanGrad",
    "factor = math_ops.reduce_prod(array_ops.gather(input_shape, axes))",
    "factor = math_ops.reduce_prod(input_shape)",
)
