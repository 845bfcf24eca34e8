"""updates_collections is left unfilled."""

from tf_litmus_worker import mutation

API = "tf.metrics.mean"
SELECT = "test_metrics"

mutation.in_source(
    "tensorflow.python.ops.metrics_impl",
    "mean",
    "ops.add_to_collections(updates_collections, update_op)",
    "pass",
)
