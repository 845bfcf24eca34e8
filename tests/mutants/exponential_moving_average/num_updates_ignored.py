"""num_updates does not cap the decay."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average or test_published_moving_averages"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "ExponentialMovingAverage.apply",
    "if self._num_updates is not None:",
    "if False:",
)
