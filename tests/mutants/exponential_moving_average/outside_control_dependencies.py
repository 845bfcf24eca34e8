"""apply heeds no control dependencies around it: the averages take stale values."""

from tensorflow.python.framework import ops
from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average or test_published_moving_averages"


def made(original):
    def apply(self, var_list=None):
        with ops.control_dependencies(None):
            return original(self, var_list)

    return apply


mutation.replaced(
    "tensorflow.python.training.moving_averages", "ExponentialMovingAverage.apply", made
)
