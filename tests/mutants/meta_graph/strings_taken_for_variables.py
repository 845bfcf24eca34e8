"""A collection of strings is read as one of messages."""

from tf_litmus_worker import mutation

API = "tf.train.import_meta_graph"
SELECT = "test_meta_graph"

mutation.in_source(
    "tensorflow.python.framework.meta_graph",
    "import_scoped_meta_graph_with_return_elements",
    'from_proto and kind == "bytes_list"',
    'kind == "bytes_list"',
)
