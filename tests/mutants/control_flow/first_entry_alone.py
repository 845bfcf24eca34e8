"""Of several control dependencies the first alone is heeded."""

from tf_litmus_worker import mutation

API = "tf.control_dependencies"
SELECT = "test_group_and_identity or test_control_dependencies or test_ordering"

mutation.in_source(
    "tensorflow.python.framework.ops",
    "Graph.control_dependencies",
    "if c not in current:",
    "if c not in current and not control_ops:",
)
