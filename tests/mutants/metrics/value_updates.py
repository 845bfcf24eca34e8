"""The value is the one after an update, which it makes."""

from tf_litmus_worker import mutation

API = "tf.metrics.mean"
SELECT = "test_metrics"

mutation.in_source(
    "tensorflow.python.ops.metrics_impl",
    "mean",
    "compute_mean, total, count)",
    "compute_mean, update_total_op, update_count_op)",
)
