"""variables_to_restore takes no averages of variables that are not trainable."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average or test_published_moving_averages"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "ExponentialMovingAverage.variables_to_restore",
    "moving_avg_variables += variables.moving_average_variables()",
    "pass",
)
