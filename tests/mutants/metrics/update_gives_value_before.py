"""The update gives the mean of all but the count before it."""

from tf_litmus_worker import mutation

API = "tf.metrics.mean"
SELECT = "test_metrics"

mutation.in_source(
    "tensorflow.python.ops.metrics_impl",
    "mean",
    "math_ops.maximum(update_count_op, 0), name='update_op'",
    "math_ops.maximum(update_count_op - num_values, 0), name='update_op'",
    (
        "_safe_div(update_total_op, update_count_op,",
        "_safe_div(update_total_op, update_count_op - num_values,",
    ),
)
