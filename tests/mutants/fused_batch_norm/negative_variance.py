"""The variance in training is the mean of squares less the square of the mean."""

import tensorflow as tf
from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm"


def change(result, arguments):
    if not arguments["is_training"]:
        return result
    n = tf.cast(tf.size(arguments["x"]) / tf.size(arguments["scale"]), tf.float32)
    if arguments["data_format"] != "NHWC":
        return result
    x = tf.cast(arguments["x"], tf.float32)
    squares = tf.reduce_mean(x * x, [0, 1, 2])
    mean = tf.reduce_mean(x, [0, 1, 2])
    return result._replace(batch_variance=(squares - mean * mean) * n / tf.maximum(n - 1, 1))


mutation.results(
    "tensorflow.python.ops.gen_nn_ops",
    ("fused_batch_norm_v3", "fused_batch_norm_v2", "_fused_batch_norm"),
    change,
)
