"""The layer trains unless it is told not to."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "layers.batch_normalization",
    "training=False",
    "training=True",
)
