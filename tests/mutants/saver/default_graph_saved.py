"""save writes the MetaGraph of the default graph, and not of the session's."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    "tensorflow.python.training.saver",
    "Saver.save",
    "with sess.graph.as_default():",
    "with ops.get_default_graph().as_default():",
)
