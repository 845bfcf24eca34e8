"""The biased average of zero_debias starts at one."""

from tf_litmus_worker import mutation

API = "moving_averages.assign_moving_average"
SELECT = "test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "_zero_debias",
    "biased_initializer = init_ops.zeros_initializer",
    "biased_initializer = init_ops.ones_initializer",
)
