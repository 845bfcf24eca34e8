"""Adadelta has one accumulator for both, of a resource variable."""

from tf_litmus_worker import mutation

API = "tf.train.AdadeltaOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.adadelta",
    "AdadeltaOptimizer._resource_apply_dense",
    "accum.handle",
    "accum_update.handle",
)
