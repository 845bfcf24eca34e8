"""The slots of zero_debias are trainable."""

from tf_litmus_worker import mutation

API = "moving_averages.assign_moving_average"
SELECT = "test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "_zero_debias",
    "trainable=False",
    "trainable=True",
)
