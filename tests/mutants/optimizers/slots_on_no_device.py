"""Slots are not colocated with their variables."""

from tf_litmus_worker import mutation

API = "tf.train.MomentumOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.slot_creator",
    "create_slot_with_initializer",
    "if colocate_with_primary:",
    "if False:",
)
