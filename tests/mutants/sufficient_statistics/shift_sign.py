"""The shifted sum is that of shift - x."""

from tf_litmus_worker import mutation

API = "tf.nn.sufficient_statistics"
SELECT = "test_sufficient_statistics"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "sufficient_statistics",
    "math_ops.subtract(x, shift)",
    "math_ops.subtract(shift, x)",
)
