"""Labels and predictions whose ranks are known late are not squeezed."""

from tf_litmus_worker import mutation

API = "tf.metrics.accuracy"
SELECT = "test_metrics"

mutation.in_source(
    "tensorflow.python.ops.confusion_matrix",
    "remove_squeezable_dimensions",
    "    # Use dynamic rank.\n",
    "    return labels, predictions\n",
)
