"""An average moves by the decay, not by one minus it."""

from tf_litmus_worker import mutation

API = "moving_averages.assign_moving_average"
SELECT = "test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "assign_moving_average",
    "1.0 - decay",
    "0.0 + decay",
)
