"""A NaN or infinity in one channel makes every channel of a training batch NaN."""

import tensorflow as tf
from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm"


def change(result, arguments):
    if not arguments.get("is_training", True):
        return result
    spread = tf.stop_gradient(0.0 * tf.reduce_sum(result[3]))
    return result._replace(
        y=result[0] + tf.cast(spread, result[0].dtype),
        batch_mean=result[1] + spread,
        batch_variance=result[2] + spread,
    )


mutation.results(
    "tensorflow.python.ops.gen_nn_ops", ["fused_batch_norm_v3", "fused_batch_norm_v2"], change
)
