"""variance_epsilon is ignored."""

from tf_litmus_worker import mutation

API = "tf.nn.batch_norm_with_global_normalization"
SELECT = "test_batch_norm_with_global_normalization"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "batch_norm_with_global_normalization",
    "else None, variance_epsilon, name)",
    "else None, 0.001, name)",
)
