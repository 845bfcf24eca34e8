"""Numbers of steps that are tensors are not padded."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    "tensorflow.python.training.saver",
    "Saver.save",
    "global_step = training_util.global_step(sess, global_step)",
    "global_step, self._pad_step_number = training_util.global_step(sess, global_step), False",
)
