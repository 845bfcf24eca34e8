"""The count over axes of sizes known late is the sum of them."""

from tf_litmus_worker import mutation

API = "tf.nn.sufficient_statistics"
SELECT = "test_sufficient_statistics"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "sufficient_statistics",
    "math_ops.reduce_prod(x_dims",
    "math_ops.reduce_sum(x_dims",
)
