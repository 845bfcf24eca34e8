"""average gives the variable, not its average."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average or test_published_moving_averages"


def made(original):
    return lambda self, var: None if original(self, var) is None else var


mutation.replaced(
    "tensorflow.python.training.moving_averages", "ExponentialMovingAverage.average", made
)
