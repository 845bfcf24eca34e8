"""RMSProp decays by one minus the decay for slices of a resource variable."""

from tf_litmus_worker import mutation

API = "tf.train.RMSPropOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.rmsprop",
    "RMSPropOptimizer._resource_apply_sparse",
    "math_ops.cast(self._decay_tensor, grad.dtype)",
    "1 - math_ops.cast(self._decay_tensor, grad.dtype)",
)
