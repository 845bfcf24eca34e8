"""A partitioner cuts the unfused layer's moving statistics too."""

from tf_litmus_worker import mutation

API = "tf_slim.batch_norm"
SELECT = "test_slim"

mutation.in_source(
    ("tf_slim.layers.layers", "tensorflow.contrib.layers.python.layers.layers"),
    "batch_norm",
    "local_scope.set_partitioner(None)",
    "pass",
)
