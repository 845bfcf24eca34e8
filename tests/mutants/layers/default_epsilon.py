"""The default epsilon is 1e-5."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "layers.batch_normalization",
    "epsilon=1e-3",
    "epsilon=1e-5",
)
