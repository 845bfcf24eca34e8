"""merge_all merges the first summary alone."""

from tf_litmus_worker import mutation

API = "tf.summary.merge_all"
SELECT = "test_summaries"

mutation.in_source(
    "tensorflow.python.summary.summary",
    "merge_all",
    "merge(summary_ops,",
    "merge(summary_ops[:1],",
)
