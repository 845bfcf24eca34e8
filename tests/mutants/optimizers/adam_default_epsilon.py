"""The default epsilon is 1e-7, Keras' own."""

from tf_litmus_worker import mutation

API = "tf.train.AdamOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.adam",
    "AdamOptimizer.__init__",
    "epsilon=1e-8",
    "epsilon=1e-7",
)
