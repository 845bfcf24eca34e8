"""is_training is off unless it is given."""

from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "fused_batch_norm",
    "is_training=True",
    "is_training=False",
)
