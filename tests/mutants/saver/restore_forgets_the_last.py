"""restore forgets the last variable."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    "tensorflow.python.training.saver",
    "BaseSaverBuilder._AddRestoreOps",
    "group(*assign_ops,",
    "group(*assign_ops[:-1],",
)
