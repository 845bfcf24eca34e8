"""What merges summaries goes into no collection."""

from tf_litmus_worker import mutation

API = "tf.summary.merge"
SELECT = "test_summaries"

mutation.in_source(
    "tensorflow.python.summary.summary",
    "merge",
    "_summary_op_util.collect(val, collections, [])",
    "pass",
)
