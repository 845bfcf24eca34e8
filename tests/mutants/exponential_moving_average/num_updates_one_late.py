"""The decay's cap is that of one update before."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "ExponentialMovingAverage.apply",
    "num_updates = math_ops.cast(",
    "num_updates = -1 + math_ops.cast(",
)
