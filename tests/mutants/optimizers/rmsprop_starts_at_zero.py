"""RMSProp's mean square starts at zero."""

from tf_litmus_worker import mutation

API = "tf.train.RMSPropOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.rmsprop",
    "RMSPropOptimizer._create_slots",
    "init_ops.ones_initializer",
    "init_ops.zeros_initializer",
)
