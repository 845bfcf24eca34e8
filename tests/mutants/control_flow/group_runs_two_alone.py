"""A group of more than two runs the first two alone."""

from tf_litmus_worker import mutation

API = "tf.group"
SELECT = "test_group_and_identity or test_control_dependencies or test_ordering"

mutation.in_source(
    "tensorflow.python.ops.control_flow_ops",
    "_GroupControlDeps",
    "control_dependencies(deps)",
    "control_dependencies(deps if name and 'init' in name else deps[:2])",
)
