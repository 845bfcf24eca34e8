"""Adadelta's epsilon for slices of a resource variable is twice what it is given."""

from tf_litmus_worker import mutation

API = "tf.train.AdadeltaOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.adadelta",
    "AdadeltaOptimizer._resource_apply_sparse",
    "math_ops.cast(self._epsilon_t, grad.dtype)",
    "2 * math_ops.cast(self._epsilon_t, grad.dtype)",
)
