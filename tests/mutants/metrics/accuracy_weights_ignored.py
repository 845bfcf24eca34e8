"""accuracy ignores its weights."""

from tf_litmus_worker import mutation

API = "tf.metrics.accuracy"
SELECT = "test_metrics"

mutation.in_source(
    "tensorflow.python.ops.metrics_impl",
    "accuracy",
    "mean(is_correct, weights,",
    "mean(is_correct, None,",
)
