"""A group of operations on several devices waits for those of the last one."""

from tf_litmus_worker import mutation

API = "tf.group"
SELECT = "test_group_and_identity or test_control_dependencies or test_ordering"

mutation.in_source(
    "tensorflow.python.ops.control_flow_ops",
    "group",
    "deps.append(_GroupControlDeps(dev, ops_on_device[dev]))",
    "deps = [_GroupControlDeps(dev, ops_on_device[dev])]",
)
