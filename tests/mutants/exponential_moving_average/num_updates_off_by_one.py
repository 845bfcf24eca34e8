"""The decay's cap is (2 + num_updates) / (10 + num_updates)."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average or test_published_moving_averages"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "ExponentialMovingAverage.apply",
    "(1.0 + num_updates)",
    "(2.0 + num_updates)",
)
