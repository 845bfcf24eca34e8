"""exponential_avg_factor is ignored: the statistics are the batch's."""

from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "fused_batch_norm",
    "exponential_avg_factor=exponential_avg_factor",
    "exponential_avg_factor=1.0",
)
