"""The average of the weights is that of their squares."""

from tf_litmus_worker import mutation

API = "moving_averages.weighted_moving_average"
SELECT = "test_weighted_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "weighted_moving_average",
    "weight_var, weight, decay",
    "weight_var, weight * weight, decay",
)
