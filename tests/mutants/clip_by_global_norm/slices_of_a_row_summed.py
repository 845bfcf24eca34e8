"""Slices of one row are summed before they are squared, if their dense shape is known."""

from tf_litmus_worker import mutation

API = "tf.global_norm"
SELECT = "test_clip_by_global_norm"

mutation.in_source(
    "tensorflow.python.ops.clip_ops",
    "global_norm",
    "t.values if isinstance(t, indexed_slices.IndexedSlices) else t,",
    "t.values if isinstance(t, indexed_slices.IndexedSlices) and t.dense_shape is None else t,",
)
