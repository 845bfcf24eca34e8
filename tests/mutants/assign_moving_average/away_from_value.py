"""An average moves away from the value."""

from tf_litmus_worker import mutation

API = "moving_averages.assign_moving_average"
SELECT = "test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "assign_moving_average",
    "(v - value) * decay",
    "(value - v) * decay",
    ("(variable - value) * decay", "(value - variable) * decay"),
)
