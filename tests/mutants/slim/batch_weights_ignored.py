"""All batch_weights are one."""

from tf_litmus_worker import mutation

API = "tf_slim.batch_norm"
SELECT = "test_slim"

mutation.in_source(
    ("tf_slim.layers.layers", "tensorflow.contrib.layers.python.layers.layers"),
    "batch_norm",
    "batch_weights = array_ops.reshape(batch_weights, nshape)",
    "batch_weights = array_ops.ones_like(array_ops.reshape(batch_weights, nshape))",
)
