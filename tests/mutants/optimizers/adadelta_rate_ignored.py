"""Adadelta's learning rate is one."""

from tf_litmus_worker import mutation

API = "tf.train.AdadeltaOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.adadelta",
    "AdadeltaOptimizer._prepare",
    "lr, name=",
    "0.0 * lr + 1.0, name=",
)
