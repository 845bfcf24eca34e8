"""Averages are trainable."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average or test_published_moving_averages"

mutation.in_source(
    "tensorflow.python.training.slot_creator",
    "_create_slot_var",
    "trainable=False",
    "trainable=True",
)
