"""Labels and predictions of shapes that do not fit are not refused early."""

from tf_litmus_worker import mutation

API = "tf.metrics.accuracy"
SELECT = "test_metrics"

mutation.in_source(
    "tensorflow.python.ops.metrics_impl",
    "accuracy",
    "predictions.get_shape().assert_is_compatible_with(labels.get_shape())",
    "pass",
)
