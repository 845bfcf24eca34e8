"""zero_debias also debiases averages of variables, which do not start at zero."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average or test_published_moving_averages"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "ExponentialMovingAverage.apply",
    (
        "          if self._zero_debias:\n"
        "            zero_debias_true.add(avg.ref())\n"
        "      self._averages[var.ref()] = avg"
    ),
    (
        "        if self._zero_debias:\n"
        "          zero_debias_true.add(avg.ref())\n"
        "      self._averages[var.ref()] = avg"
    ),
)
