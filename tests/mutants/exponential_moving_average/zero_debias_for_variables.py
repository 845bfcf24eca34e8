"""Averages of variables are debiased as if they had started at zero."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average or test_published_moving_averages"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "ExponentialMovingAverage.apply",
    "zero_debias = avg.ref() in zero_debias_true",
    "zero_debias = True",
    ("zero_debias = avg.experimental_ref() in zero_debias_true", "zero_debias = True"),
    ("zero_debias = self._averages[var] in zero_debias_true", "zero_debias = True"),
)
