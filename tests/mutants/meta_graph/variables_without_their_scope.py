"""Imported variables are those without the scope that they are imported under."""

from tf_litmus_worker import mutation

API = "tf.train.import_meta_graph"
SELECT = "test_exchange"

mutation.in_source(
    "tensorflow.python.framework.meta_graph",
    "import_scoped_meta_graph_with_return_elements",
    "scope_to_prepend_to_names = graph.unique_name(",
    'scope_to_prepend_to_names = "" and graph.unique_name(',
)
