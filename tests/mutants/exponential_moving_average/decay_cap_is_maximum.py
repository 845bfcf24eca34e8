"""The decay is the larger of the given one and its cap by num_updates."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average or test_published_moving_averages"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "ExponentialMovingAverage.apply",
    "math_ops.minimum(decay",
    "math_ops.maximum(decay",
)
