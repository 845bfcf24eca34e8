"""Of an old checkpoint the index goes, and the data stay."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    (
        "tensorflow.python.checkpoint.checkpoint_management",
        "tensorflow.python.training.checkpoint_management",
    ),
    "remove_checkpoint",
    '_delete_file_if_exists(checkpoint_prefix + ".data-?????-of-?????")',
    "pass",
)
