"""The averaged value is not weighted."""

from tf_litmus_worker import mutation

API = "moving_averages.weighted_moving_average"
SELECT = "test_weighted_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "weighted_moving_average",
    "value * weight, decay",
    "value, decay",
)
