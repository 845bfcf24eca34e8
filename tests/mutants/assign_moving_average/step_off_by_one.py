"""zero_debias takes the number of updates to be one more than it is."""

from tf_litmus_worker import mutation

API = "moving_averages.assign_moving_average"
SELECT = "test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "_zero_debias",
    "pow(1.0 - decay, update_local_step)",
    "pow(1.0 - decay, update_local_step + 1)",
    ("1.0 - decay, local_step.read_value())", "1.0 - decay, local_step.read_value() + 1)"),
)
