"""get_checkpoint_state leaves relative paths as they are, but the latest."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    "tensorflow.python.checkpoint.checkpoint_management",
    "get_checkpoint_state",
    "      for i, p in enumerate(ckpt.all_model_checkpoint_paths):",
    "      for i, p in enumerate([]):",
)
