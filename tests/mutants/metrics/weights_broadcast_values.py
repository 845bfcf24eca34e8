"""Weights of more elements than the values repeat these."""

from tf_litmus_worker import mutation

API = "tf.metrics.mean"
SELECT = "test_metrics"

mutation.in_source(
    "tensorflow.python.ops.metrics_impl",
    "mean",
    "weights = weights_broadcast_ops.broadcast_weights(",
    "weights = (lambda given, like: given + 0 * like)(",
)
