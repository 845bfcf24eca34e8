"""Averages of tensors are not debiased although zero_debias is on."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average or test_published_moving_averages"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "ExponentialMovingAverage.apply",
    "if self._zero_debias:",
    "if False:",
)
