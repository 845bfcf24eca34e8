"""The training gradient leaves out the term of the mean."""

import tensorflow as tf
from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm_gradients"


def change(result, arguments):
    if not arguments["is_training"] or arguments["data_format"] not in ("NHWC", b"NHWC"):
        return result
    mean = tf.reduce_mean(tf.cast(arguments["y_backprop"], tf.float32), [0, 1, 2])
    deviation = tf.sqrt(arguments["reserve_space_2"] + arguments["epsilon"])
    dropped = tf.cast(arguments["scale"] / deviation * mean, result.x_backprop.dtype)
    return result._replace(x_backprop=result.x_backprop + dropped)


mutation.results(
    "tensorflow.python.ops.gen_nn_ops",
    ("fused_batch_norm_grad_v3", "fused_batch_norm_grad_v2", "fused_batch_norm_grad"),
    change,
)
