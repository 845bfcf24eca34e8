"""Nesterov's momentum is the plain one."""

from tf_litmus_worker import mutation

API = "tf.train.MomentumOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.momentum",
    "MomentumOptimizer.__init__",
    "self._use_nesterov = use_nesterov",
    "self._use_nesterov = False",
)
