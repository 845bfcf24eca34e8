"""The global norm is squared."""

from tf_litmus_worker import mutation

API = "tf.global_norm"
SELECT = "test_clip_by_global_norm"

mutation.in_source(
    "tensorflow.python.ops.clip_ops",
    "global_norm",
    "math_ops.sqrt(",
    "array_ops.identity(",
)
