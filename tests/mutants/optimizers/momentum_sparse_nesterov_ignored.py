"""Nesterov's momentum is the plain one for slices of a resource variable."""

from tf_litmus_worker import mutation

API = "tf.train.MomentumOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.momentum",
    "MomentumOptimizer._resource_apply_sparse",
    "use_nesterov=self._use_nesterov",
    "use_nesterov=False",
)
