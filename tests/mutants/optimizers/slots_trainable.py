"""Slots are trainable."""

from tf_litmus_worker import mutation

API = "tf.train.MomentumOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.slot_creator",
    "_create_slot_var",
    "trainable=False",
    "trainable=True",
)
