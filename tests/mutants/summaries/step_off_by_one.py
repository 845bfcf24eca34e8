"""Events are written for the step after."""

from tf_litmus_worker import mutation

API = "tf.summary.FileWriter"
SELECT = "test_summaries"

mutation.in_source(
    "tensorflow.python.summary.writer.writer",
    "SummaryToEventTransformer._add_event",
    "event.step = int(step)",
    "event.step = int(step) + 1",
)
