"""The global norm is that of half the squares."""

from tf_litmus_worker import mutation

API = "tf.global_norm"
SELECT = "test_clip_by_global_norm"

mutation.in_source(
    "tensorflow.python.ops.clip_ops",
    "global_norm",
    "constant_op.constant(2.0",
    "constant_op.constant(1.0",
)
