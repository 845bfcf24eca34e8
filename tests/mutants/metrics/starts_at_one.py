"""total and count start at one."""

from tf_litmus_worker import mutation

API = "tf.metrics.mean"
SELECT = "test_metrics"

mutation.in_source(
    "tensorflow.python.ops.metrics_impl",
    "metric_variable",
    "array_ops.zeros(shape, dtype)",
    "array_ops.ones(shape, dtype)",
)
