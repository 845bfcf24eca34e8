"""The mean counts values, not weights."""

from tf_litmus_worker import mutation

API = "tf.metrics.mean"
SELECT = "test_metrics"

mutation.in_source(
    "tensorflow.python.ops.metrics_impl",
    "mean",
    "num_values = math_ops.reduce_sum(weights)",
    "num_values = math_ops.cast(array_ops.size(values), dtypes.float32)",
)
