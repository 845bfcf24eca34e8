"""recover_last_checkpoints ends at the first that is missing."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    "tensorflow.python.training.saver",
    "Saver.recover_last_checkpoints",
    "if mtime:",
    ("if not mtime:\n      break\n    else:"),
)
