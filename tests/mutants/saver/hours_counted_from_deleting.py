"""keep_checkpoint_every_n_hours counts from when a checkpoint is deleted."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    "tensorflow.python.training.saver",
    "Saver._MaybeDeleteOldCheckpoints",
    "self._next_checkpoint_time += (",
    "self._next_checkpoint_time = time.time() + (",
)
