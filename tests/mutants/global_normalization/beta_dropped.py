"""beta is not added."""

from tf_litmus_worker import mutation

API = "tf.nn.batch_norm_with_global_normalization"
SELECT = "test_batch_norm_with_global_normalization"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "batch_norm_with_global_normalization",
    "batch_normalization(t, m, v, beta,",
    "batch_normalization(t, m, v, None,",
)
