"""The adjustment's scale is applied in inference too."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "keras.layers.BatchNormalization.call",
    "ones_like(adj_scale)",
    "identity(adj_scale)",
)
