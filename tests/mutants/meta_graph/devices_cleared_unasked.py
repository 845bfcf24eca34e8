"""import_meta_graph clears devices whatever clear_devices says."""

from tf_litmus_worker import mutation

API = "tf.train.import_meta_graph"
SELECT = "test_meta_graph"

mutation.in_source(
    "tensorflow.python.framework.meta_graph",
    "import_scoped_meta_graph_with_return_elements",
    "if clear_devices:",
    "if True:",
)
