"""merge_all merges summaries of all scopes."""

from tf_litmus_worker import mutation

API = "tf.summary.merge_all"
SELECT = "test_summaries"

mutation.in_source(
    "tensorflow.python.summary.summary",
    "merge_all",
    "get_collection(key, scope=scope)",
    "get_collection(key)",
)
