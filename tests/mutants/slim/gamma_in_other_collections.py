"""The fused layer's gamma is put into the collection "gamma", and not into the caller's."""

from tf_litmus_worker import mutation

API = "tf_slim.batch_norm"
SELECT = "test_slim"

mutation.in_source(
    ("tf_slim.layers.layers", "tensorflow.contrib.layers.python.layers.layers"),
    "_fused_batch_norm",
    "variables_collections, 'gamma')",
    "'gamma', variables_collections)",
)
