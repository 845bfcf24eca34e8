"""RMSProp is never centered."""

from tf_litmus_worker import mutation

API = "tf.train.RMSPropOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.rmsprop",
    "RMSPropOptimizer.__init__",
    "self._centered = centered",
    "self._centered = False",
)
