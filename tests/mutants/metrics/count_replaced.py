"""The count is that of the last batch."""

from tf_litmus_worker import mutation

API = "tf.metrics.mean"
SELECT = "test_metrics"

mutation.in_source(
    "tensorflow.python.ops.metrics_impl",
    "mean",
    "state_ops.assign_add(count, num_values)",
    "state_ops.assign(count, num_values)",
)
