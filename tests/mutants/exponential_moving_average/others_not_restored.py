"""variables_to_restore forgets the variables that have no average."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average or test_published_moving_averages"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "ExponentialMovingAverage.variables_to_restore",
    "in list(set(variables.global_variables()))",
    "in []",
)
