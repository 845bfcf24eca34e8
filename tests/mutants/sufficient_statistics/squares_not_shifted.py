"""The sum of squares is not shifted."""

from tf_litmus_worker import mutation

API = "tf.nn.sufficient_statistics"
SELECT = "test_sufficient_statistics"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "sufficient_statistics",
    "math_ops.squared_difference(x, shift)",
    "math_ops.square(x)",
)
