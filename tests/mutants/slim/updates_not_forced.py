"""With updates_collections None the output does not wait for the updates."""

from tf_litmus_worker import mutation

API = "tf_slim.batch_norm"
SELECT = "test_slim"

mutation.in_source(
    ("tf_slim.layers.layers", "tensorflow.contrib.layers.python.layers.layers"),
    "_fused_batch_norm",
    "[update_moving_mean, update_moving_variance]",
    "[]",
)
