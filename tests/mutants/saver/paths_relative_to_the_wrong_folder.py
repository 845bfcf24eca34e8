"""The state file of a relative folder has paths relative to the folder above."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    (
        "tensorflow.python.checkpoint.checkpoint_management",
        "tensorflow.python.training.checkpoint_management",
    ),
    "generate_checkpoint_state_proto",
    "if not os.path.isabs(save_dir):",
    "if os.path.isabs(save_dir):",
)
