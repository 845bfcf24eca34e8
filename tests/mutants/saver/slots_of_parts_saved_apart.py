"""Averages and slots of a variable's parts are saved one by one, each under its own name."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    "tensorflow.python.training.slot_creator",
    "_create_slot_var",
    "primary._save_slice_info:",
    "False:",
)
