"""export_meta_graph does not clear devices."""

from tf_litmus_worker import mutation

API = "tf.train.export_meta_graph"
SELECT = "test_meta_graph"

mutation.in_source(
    "tensorflow.python.framework.meta_graph", "_node_def", "if clear_devices:", "if False:"
)
