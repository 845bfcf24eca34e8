"""total and count are not in METRIC_VARIABLES."""

from tf_litmus_worker import mutation

API = "tf.metrics.mean"
SELECT = "test_metrics"

mutation.in_source(
    "tensorflow.python.ops.metrics_impl",
    "metric_variable",
    "ops.GraphKeys.LOCAL_VARIABLES, ops.GraphKeys.METRIC_VARIABLES",
    "ops.GraphKeys.LOCAL_VARIABLES",
)
