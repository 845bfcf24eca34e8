"""Adadelta's default rho is 0.9."""

from tf_litmus_worker import mutation

API = "tf.train.AdadeltaOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.adadelta",
    "AdadeltaOptimizer.__init__",
    "rho=0.95",
    "rho=0.9",
)
