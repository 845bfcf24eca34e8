"""assign_sub adds to a variable that is no resource."""

from tf_litmus_worker import mutation

API = "tf.assign_sub"
SELECT = "test_assign and not test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.ops.state_ops",
    "assign_sub",
    "gen_state_ops.assign_sub(",
    "gen_state_ops.assign_add(",
)
