"""The average of a variable starts at zero, not at the variable's initial value."""

from tensorflow.python.ops import array_ops
from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average or test_published_moving_averages"


def made(original):
    def create_slot(primary, val, *args, **kwargs):
        return original(primary, array_ops.zeros_like(val), *args, **kwargs)

    return create_slot


mutation.replaced("tensorflow.python.training.slot_creator", "create_slot", made)
