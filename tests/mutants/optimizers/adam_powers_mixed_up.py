"""The power of the second beta is multiplied by the first."""

from tf_litmus_worker import mutation

API = "tf.train.AdamOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.adam",
    "AdamOptimizer._finish",
    "beta2_power * self._beta2_t",
    "beta2_power * self._beta1_t",
)
