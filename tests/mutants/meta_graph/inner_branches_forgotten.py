"""Of a tf.cond within another, an import knows the outer one alone."""

from tf_litmus_worker import mutation

API = "tf.train.import_meta_graph"
SELECT = "test_meta_graph"

mutation.in_source(
    "tensorflow.python.ops.control_flow_ops",
    "CondContext.to_proto",
    "in self._nested_contexts:",
    "in ():",
)
