"""pad_step_number is ignored."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    "tensorflow.python.training.saver", "Saver.save", "if self._pad_step_number:", "if False:"
)
