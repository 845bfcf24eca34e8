"""The update of the variance is not put into a collection of the caller's."""

from tf_litmus_worker import mutation

API = "tf_slim.batch_norm"
SELECT = "test_slim"

mutation.in_source(
    ("tf_slim.layers.layers", "tensorflow.contrib.layers.python.layers.layers"),
    "_fused_batch_norm",
    "ops.add_to_collections(updates_collections, update_variance)",
    "pass",
)
