"""An imported graph's UPDATE_OPS are empty."""

from tf_litmus_worker import mutation

API = "tf.train.import_meta_graph"
SELECT = "test_exchange"

mutation.in_source(
    "tensorflow.python.framework.meta_graph",
    "import_scoped_meta_graph_with_return_elements",
    "if not restore_collections_predicate(key):",
    'if key == "update_ops" or not restore_collections_predicate(key):',
)
