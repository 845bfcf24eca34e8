"""export_scope leaves the rest of the graph in."""

from tf_litmus_worker import mutation

API = "tf.train.export_meta_graph"
SELECT = "test_meta_graph"

mutation.in_source(
    "tensorflow.python.framework.meta_graph",
    "export_scoped_meta_graph",
    "      graph_def=graph_def,\n      graph=graph,",
    "      graph=graph,",
)
