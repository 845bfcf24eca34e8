"""accuracy casts labels to the dtype of predictions."""

from tf_litmus_worker import mutation

API = "tf.metrics.accuracy"
SELECT = "test_metrics"

mutation.in_source(
    "tensorflow.python.ops.metrics_impl",
    "accuracy",
    "predictions = math_ops.cast(predictions, labels.dtype)",
    "labels = math_ops.cast(labels, predictions.dtype)",
)
