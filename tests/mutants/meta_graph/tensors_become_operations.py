"""Tensors in a collection are operations after export and import."""

from tf_litmus_worker import mutation

API = "tf.train.export_meta_graph"
SELECT = "test_meta_graph"

mutation.in_source(
    "tensorflow.python.framework.meta_graph",
    "add_collection_def",
    "ops.strip_name_scope(x.name, export_scope))",
    'ops.strip_name_scope(getattr(x, "op", x).name, export_scope))',
)
