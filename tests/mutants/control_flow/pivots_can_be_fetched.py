"""tf.cond lets its own tensors be fetched."""

from tf_litmus_worker import mutation

API = "tf.cond"
SELECT = "test_cond"

mutation.in_source(
    "tensorflow.python.ops.cond",
    "cond",
    "      tensor.op.graph.prevent_fetching(tensor.op)",
    "      pass",
)
