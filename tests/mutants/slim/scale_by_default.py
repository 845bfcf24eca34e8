"""There is a gamma unless scale is turned off."""

from tf_litmus_worker import mutation

API = "tf_slim.batch_norm"
SELECT = "test_slim"

mutation.in_source(
    ("tf_slim.layers.layers", "tensorflow.contrib.layers.python.layers.layers"),
    "batch_norm",
    "scale=False",
    "scale=True",
)
