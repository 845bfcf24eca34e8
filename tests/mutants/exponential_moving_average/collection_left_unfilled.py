"""Averaged variables are not put into MOVING_AVERAGE_VARIABLES."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average or test_published_moving_averages"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "ExponentialMovingAverage.apply",
    "ops.add_to_collection(ops.GraphKeys.MOVING_AVERAGE_VARIABLES, var)",
    "pass",
)
