"""A group of operations on several devices waits for those on the first."""

from tf_litmus_worker import mutation

API = "tf.group"
SELECT = "test_towers or test_group_and_identity"

mutation.in_source(
    "tensorflow.python.ops.control_flow_ops",
    "group",
    "with ops.control_dependencies(deps):",
    "with ops.control_dependencies(deps[:1]):",
)
