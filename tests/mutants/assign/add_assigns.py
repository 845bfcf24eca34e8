"""assign_add assigns."""

from tf_litmus_worker import mutation

API = "tf.assign_add"
SELECT = "test_assign and not test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.ops.state_ops",
    "assign_add",
    "return ref.assign_add(value)",
    "return ref.assign(value)",
)
