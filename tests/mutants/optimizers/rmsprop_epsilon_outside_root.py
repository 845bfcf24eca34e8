"""RMSProp adds epsilon to the root of the mean square."""

import tensorflow as tf
from tf_litmus_worker import mutation

API = "tf.train.RMSPropOptimizer"
SELECT = "test_optimizer"


def step(self, grad, var):
    rms, buffer = self.get_slot(var, "rms"), self.get_slot(var, "momentum")
    rate, decay, momentum, epsilon = [
        tf.cast(one, grad.dtype)
        for one in (
            self._learning_rate_tensor,
            self._decay_tensor,
            self._momentum_tensor,
            self._epsilon_tensor,
        )
    ]
    new_rms = rms + (grad * grad - rms) * (1 - decay)
    change = buffer * momentum + rate * grad / (tf.sqrt(new_rms) + epsilon)
    with tf.control_dependencies([new_rms, change]):
        return tf.group(rms.assign(new_rms), buffer.assign(change), var.assign_sub(change))


def made(original):
    return lambda self, grad, var: (original if self._centered else step)(self, grad, var)


for name in ("_apply_dense", "_resource_apply_dense"):
    mutation.replaced("tensorflow.python.training.rmsprop", "RMSPropOptimizer." + name, made)
