"""The averages of a vector's parts are not parts of one variable."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_saver"

mutation.in_source(
    "tensorflow.python.training.slot_creator",
    "_create_slot_var",
    "if n is None or n > 0:",
    "if n is None or n > 1:",
)
