"""The variance given in training is the biased one."""

import tensorflow as tf
from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm"


def change(result, arguments):
    if not arguments["is_training"]:
        return result
    n = tf.cast(tf.size(arguments["x"]) / tf.size(arguments["scale"]), tf.float32)
    return result._replace(batch_variance=result.batch_variance * (n - 1) / n)


mutation.results(
    "tensorflow.python.ops.gen_nn_ops",
    ("fused_batch_norm_v3", "fused_batch_norm_v2", "_fused_batch_norm"),
    change,
)
