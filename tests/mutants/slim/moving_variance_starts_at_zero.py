"""slim's moving variance starts at zero."""

from tf_litmus_worker import mutation

API = "tf_slim.batch_norm"
SELECT = "test_slim"

mutation.in_source(
    ("tf_slim.layers.layers", "tensorflow.contrib.layers.python.layers.layers"),
    "_fused_batch_norm",
    "'moving_variance', init_ops.ones_initializer()",
    "'moving_variance', init_ops.zeros_initializer()",
)
