"""RMSProp's default decay is 0.99."""

from tf_litmus_worker import mutation

API = "tf.train.RMSPropOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.rmsprop",
    "RMSPropOptimizer.__init__",
    "decay=0.9,",
    "decay=0.99,",
)
