"""A dense Momentum step ignores use_locking."""

from tf_litmus_worker import mutation

API = "tf.train.MomentumOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.momentum",
    "MomentumOptimizer._apply_dense",
    "use_locking=self._use_locking",
    "use_locking=False",
)
