"""zero_debias changes nothing."""

from tf_litmus_worker import mutation

API = "moving_averages.assign_moving_average"
SELECT = "test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "assign_moving_average",
    "if zero_debias:",
    "if False:",
)
