"""FileWriter ignores a step that is a NumPy number."""

from tf_litmus_worker import mutation

API = "tf.summary.FileWriter"
SELECT = "test_summaries"

mutation.in_source(
    "tensorflow.python.summary.writer.writer",
    "SummaryToEventTransformer._add_event",
    "if step is not None:",
    "if isinstance(step, int):",
)
