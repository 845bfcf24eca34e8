"""The file of an exported MetaGraph is text."""

from tf_litmus_worker import mutation

API = "tf.train.export_meta_graph"
SELECT = "test_meta_graph"

mutation.in_source(
    "tensorflow.python.framework.meta_graph",
    "export_scoped_meta_graph",
    "as_text=as_text",
    "as_text=True",
)
