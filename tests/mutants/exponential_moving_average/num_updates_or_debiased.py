"""With num_updates averages of tensors stay biased to zero, zero_debias or not."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average or test_published_moving_averages"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "ExponentialMovingAverage.apply",
    "if self._zero_debias:",
    "if self._zero_debias and self._num_updates is None:",
)
