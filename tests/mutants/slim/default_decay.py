"""The default decay is 0.99."""

from tf_litmus_worker import mutation

API = "tf_slim.batch_norm"
SELECT = "test_slim"

mutation.in_source(
    ("tf_slim.layers.layers", "tensorflow.contrib.layers.python.layers.layers"),
    "batch_norm",
    "decay=0.999",
    "decay=0.99",
)
