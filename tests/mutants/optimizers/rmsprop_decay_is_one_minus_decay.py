"""RMSProp decays by one minus the decay."""

from tf_litmus_worker import mutation

API = "tf.train.RMSPropOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.rmsprop",
    "RMSPropOptimizer._prepare",
    "self._decay_tensor = ops.convert_to_tensor(decay",
    "self._decay_tensor = ops.convert_to_tensor(1.0 - decay",
)
