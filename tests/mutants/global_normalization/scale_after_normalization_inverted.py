"""The scale is applied unless scale_after_normalization asks for it."""

from tf_litmus_worker import mutation

API = "tf.nn.batch_norm_with_global_normalization"
SELECT = "test_batch_norm_with_global_normalization"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "batch_norm_with_global_normalization",
    "if scale_after_normalization",
    "if not scale_after_normalization",
)
