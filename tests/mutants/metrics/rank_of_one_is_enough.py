"""Ranks are compared where only one of the two is known."""

from tf_litmus_worker import mutation

API = "tf.metrics.mean"
SELECT = "test_metrics"

mutation.in_source(
    "tensorflow.python.ops.weights_broadcast_ops",
    "assert_broadcastable",
    "weights_rank_static is not None and values_rank_static is not None",
    "weights_rank_static is not None or values_rank_static is not None",
)
