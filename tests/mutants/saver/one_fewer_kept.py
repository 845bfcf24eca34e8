"""One checkpoint fewer is kept than max_to_keep."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    "tensorflow.python.training.saver",
    "Saver._RecordLastCheckpoint",
    "> self.saver_def.max_to_keep",
    ">= self.saver_def.max_to_keep",
)
