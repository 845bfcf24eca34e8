"""The average of the weights starts at one."""

from tf_litmus_worker import mutation

API = "moving_averages.weighted_moving_average"
SELECT = "test_weighted_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "weighted_moving_average",
    "dtype=weight.dtype,\n        initializer=init_ops.zeros_initializer()",
    "dtype=weight.dtype,\n        initializer=init_ops.ones_initializer()",
)
