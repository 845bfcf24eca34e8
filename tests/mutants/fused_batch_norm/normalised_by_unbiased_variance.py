"""The batch is normalised by the unbiased variance."""

import tensorflow as tf
from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm"


def change(result, arguments):
    if not arguments["is_training"]:
        return result
    n = tf.cast(tf.size(arguments["x"]) / tf.size(arguments["scale"]), tf.float32)
    offset = tf.cast(arguments["offset"], result.y.dtype)
    if arguments["data_format"] != "NHWC":
        return result
    factor = tf.cast(tf.sqrt(tf.maximum(n - 1, 1) / n), result.y.dtype)
    return result._replace(y=(result.y - offset) * factor + offset)


mutation.results(
    "tensorflow.python.ops.gen_nn_ops",
    ("fused_batch_norm_v3", "fused_batch_norm_v2", "_fused_batch_norm"),
    change,
)
