"""The mean of nothing is NaN."""

from tf_litmus_worker import mutation

API = "tf.metrics.mean"
SELECT = "test_metrics"

mutation.in_source(
    "tensorflow.python.ops.metrics_impl",
    "mean",
    "math_ops.div_no_nan(t, math_ops.maximum(c, 0)",
    "math_ops.divide(t, math_ops.maximum(c, 0)",
)
