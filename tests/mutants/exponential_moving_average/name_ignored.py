"""Averages are called ExponentialMovingAverage whatever their name."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average or test_published_moving_averages"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "ExponentialMovingAverage.__init__",
    "self._name = name",
    'self._name = "ExponentialMovingAverage"',
)
