"""renorm_decay is ignored."""

from tf_litmus_worker import mutation

API = "tf_slim.batch_norm"
SELECT = "test_slim"

mutation.in_source(
    ("tf_slim.layers.layers", "tensorflow.contrib.layers.python.layers.layers"),
    "batch_norm",
    "renorm_momentum=renorm_decay",
    "renorm_momentum=decay",
)
