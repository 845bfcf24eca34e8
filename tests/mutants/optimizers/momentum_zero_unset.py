"""A momentum of zero is taken for 0.9."""

from tf_litmus_worker import mutation

API = "tf.train.MomentumOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.momentum",
    "MomentumOptimizer._prepare",
    "momentum = self._momentum\n",
    "momentum = self._momentum\n"
    "  if isinstance(momentum, (int, float)) and not momentum:\n"
    "    momentum = 0.9\n",
)
