"""An average starts at its variable's initial value, although that has another by then."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average or test_published_moving_averages"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "ExponentialMovingAverage.apply",
    "variable_v1.is_variable_initialized(var), var.read_value,",
    "variable_v1.is_variable_initialized(var), lambda: var.initial_value,",
)
