"""The step is not in the checkpoint's name as it was."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    "tensorflow.python.training.saver",
    "Saver.save",
    '"%s-%d" %',
    '"%s_%d" %',
)
