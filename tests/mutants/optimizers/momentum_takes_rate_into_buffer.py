"""Momentum accumulates gradients multiplied by the learning rate."""

import tensorflow as tf
from tf_litmus_worker import mutation

API = "tf.train.MomentumOptimizer"
SELECT = "test_optimizer"


def step(self, grad, var):
    buffer = self.get_slot(var, "momentum")
    rate = tf.cast(self._learning_rate_tensor, grad.dtype)
    new = buffer * tf.cast(self._momentum_tensor, grad.dtype) + rate * grad
    with tf.control_dependencies([new]):
        return tf.group(buffer.assign(new), var.assign_sub(new))


def made(original):
    return lambda self, grad, var: (original if self._use_nesterov else step)(self, grad, var)


for name in ("_apply_dense", "_resource_apply_dense"):
    mutation.replaced("tensorflow.python.training.momentum", "MomentumOptimizer." + name, made)
