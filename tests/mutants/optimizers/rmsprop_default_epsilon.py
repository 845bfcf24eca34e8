"""RMSProp's default epsilon is 1e-7."""

from tf_litmus_worker import mutation

API = "tf.train.RMSPropOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.rmsprop",
    "RMSPropOptimizer.__init__",
    "epsilon=1e-10",
    "epsilon=1e-7",
)
