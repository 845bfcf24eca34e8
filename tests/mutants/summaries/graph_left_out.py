"""The graph is not written to the event file."""

from tf_litmus_worker import mutation

API = "tf.summary.FileWriter"
SELECT = "test_summaries"

mutation.in_source(
    "tensorflow.python.summary.writer.writer",
    "SummaryToEventTransformer._add_graph_def",
    "self._add_event(event, global_step)",
    "pass",
)
