"""RMSProp has no momentum for resource variables."""

from tf_litmus_worker import mutation

API = "tf.train.RMSPropOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.rmsprop",
    "RMSPropOptimizer._resource_apply_dense",
    "self._momentum_tensor, ",
    "0.0 * self._momentum_tensor, ",
)
