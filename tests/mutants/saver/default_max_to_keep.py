"""Six checkpoints are kept unless max_to_keep is given."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    "tensorflow.python.training.saver",
    "Saver.__init__",
    "max_to_keep=5",
    "max_to_keep=6",
)
