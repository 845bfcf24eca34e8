"""The tag is the name alone, without scope and family."""

from tf_litmus_worker import mutation

API = "tf.summary.scalar"
SELECT = "test_summaries"

mutation.in_source(
    "tensorflow.python.summary.summary",
    "scalar",
    "tags=tag",
    "tags=name",
)
