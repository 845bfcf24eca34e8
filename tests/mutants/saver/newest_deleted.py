"""The newest checkpoint but one is deleted, not the oldest."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    "tensorflow.python.training.saver",
    "Saver._RecordLastCheckpoint",
    "self._last_checkpoints.pop(0)",
    "self._last_checkpoints.pop(-2)",
)
