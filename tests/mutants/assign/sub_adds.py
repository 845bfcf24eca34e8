"""assign_sub adds."""

from tf_litmus_worker import mutation

API = "tf.assign_sub"
SELECT = "test_assign and not test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.ops.state_ops",
    "assign_sub",
    "return ref.assign_sub(value)",
    "return ref.assign_add(value)",
)
