"""An infinite norm clips as a finite one does."""

from tf_litmus_worker import mutation

API = "tf.clip_by_global_norm"
SELECT = "test_clip_by_global_norm"

mutation.in_source(
    "tensorflow.python.ops.clip_ops",
    "clip_by_global_norm",
    "scale_for_finite + (use_norm - use_norm)",
    "scale_for_finite",
)
