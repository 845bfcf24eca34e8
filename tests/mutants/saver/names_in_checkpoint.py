"""Variables are saved under names with an underscore at the end."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    (
        "tensorflow.python.training.saving.saveable_object",
        "tensorflow.python.training.saveable_object",
    ),
    "SaveSpec.__init__",
    "self.name = name",
    'self.name = name + "_"',
)
