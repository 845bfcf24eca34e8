"""The step of zero_debias starts at one."""

from tf_litmus_worker import mutation

API = "moving_averages.assign_moving_average"
SELECT = "test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "_zero_debias",
    "local_step_initializer = init_ops.zeros_initializer",
    "local_step_initializer = init_ops.ones_initializer",
)
