"""tf.tuple does not wait for control inputs that are tensors."""

from tf_litmus_worker import mutation

API = "tf.tuple"
SELECT = "test_group_and_identity or test_control_dependencies or test_ordering"

mutation.in_source(
    "tensorflow.python.ops.control_flow_ops",
    "tuple",
    ("if isinstance(c, tensor_lib.Tensor):\n          c = c.op"),
    ("if isinstance(c, tensor_lib.Tensor):\n          continue"),
)
