"""Summaries are in SUMMARIES whatever the collections."""

from tf_litmus_worker import mutation

API = "tf.summary.scalar"
SELECT = "test_summaries"

mutation.in_source(
    "tensorflow.python.summary.summary",
    "scalar",
    "collect(val, collections,",
    "collect(val, None,",
)
