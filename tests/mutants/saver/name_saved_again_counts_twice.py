"""A checkpoint that is saved again counts twice among those kept."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    "tensorflow.python.training.saver",
    "Saver._RecordLastCheckpoint",
    "self._last_checkpoints.remove(p)",
    "pass",
)
