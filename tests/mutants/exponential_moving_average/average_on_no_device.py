"""Averages are not colocated with their variables."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "ExponentialMovingAverage.apply",
    "colocate_with_primary=True",
    "colocate_with_primary=False",
)
