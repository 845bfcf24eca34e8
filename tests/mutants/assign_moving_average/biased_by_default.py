"""assign_moving_average without a zero_debias does not debias."""

from tf_litmus_worker import mutation

API = "moving_averages.assign_moving_average"
SELECT = "test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "assign_moving_average",
    "decay, zero_debias=True, name=None):",
    "decay, zero_debias=False, name=None):",
)
