"""The global norm forgets the last tensor."""

from tf_litmus_worker import mutation

API = "tf.global_norm"
SELECT = "test_clip_by_global_norm"

mutation.in_source(
    "tensorflow.python.ops.clip_ops",
    "global_norm",
    "for v in values:",
    "for v in values[: max(1, len(values) - 1)]:",
)
