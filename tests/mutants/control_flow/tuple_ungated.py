"""tuple gives its tensors without waiting for the others."""

from tf_litmus_worker import mutation

API = "tf.tuple"
SELECT = "test_group_and_identity or test_control_dependencies or test_ordering"

mutation.in_source(
    "tensorflow.python.ops.control_flow_ops",
    "tuple",
    "tpl.append(with_dependencies([gate], t))",
    "tpl.append(with_dependencies([t], t))",
)
