"""An end point's name lacks its last letter."""

from tf_litmus_worker import mutation

API = "tf_slim.batch_norm"
SELECT = "test_slim"

mutation.in_source(
    ("tf_slim.layers.utils", "tensorflow.contrib.layers.python.layers.utils"),
    "append_tensor_alias",
    "if alias[-1] == '/':",
    "if alias[-1] != '/':",
)
