"""The root is taken of a variance rounded to float16, if x is of float16."""

from tf_litmus_worker import mutation

API = "tf.nn.batch_normalization"
SELECT = "test_batch_normalization and not test_layers and not test_keras"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "batch_normalization",
    "inv = math_ops.rsqrt(variance + variance_epsilon)",
    (
        "inv = ops.convert_to_tensor(variance + variance_epsilon)\n"
        "    if x.dtype == dtypes.float16:\n"
        "      inv = math_ops.cast(math_ops.cast(inv, dtypes.float16), inv.dtype)\n"
        "    inv = math_ops.rsqrt(inv)"
    ),
)
