"""Clipped slices have no dense shape."""

from tf_litmus_worker import mutation

API = "tf.clip_by_global_norm"
SELECT = "test_clip_by_global_norm"

mutation.in_source(
    "tensorflow.python.ops.clip_ops",
    "clip_by_global_norm",
    "IndexedSlices(c_v, t.indices, t.dense_shape)",
    "IndexedSlices(c_v, t.indices)",
)
