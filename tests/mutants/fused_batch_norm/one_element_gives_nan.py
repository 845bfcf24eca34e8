"""The variance of one element per channel is NaN."""

import tensorflow as tf
from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm"


def change(result, arguments):
    if not arguments["is_training"]:
        return result
    n = tf.cast(tf.size(arguments["x"]) / tf.size(arguments["scale"]), tf.float32)
    zero = tf.zeros_like(n)
    return result._replace(batch_variance=result.batch_variance + zero / (n - 1))


mutation.results(
    "tensorflow.python.ops.gen_nn_ops",
    ("fused_batch_norm_v3", "fused_batch_norm_v2", "_fused_batch_norm"),
    change,
)
