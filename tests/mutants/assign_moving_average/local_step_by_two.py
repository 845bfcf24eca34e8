"""The step of zero_debias is raised by two."""

from tf_litmus_worker import mutation

API = "moving_averages.assign_moving_average"
SELECT = "test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "_zero_debias",
    "local_step.assign_add(1)",
    "local_step.assign_add(2)",
)
