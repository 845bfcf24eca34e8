"""The mean does not weight the values."""

from tf_litmus_worker import mutation

API = "tf.metrics.mean"
SELECT = "test_metrics"

mutation.in_source(
    "tensorflow.python.ops.metrics_impl",
    "mean",
    "values = math_ops.multiply(values, weights)",
    "pass",
)
