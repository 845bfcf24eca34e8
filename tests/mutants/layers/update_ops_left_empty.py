"""UPDATE_OPS is left empty."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "layers.BatchNormalization.__call__",
    "self.updates",
    "[]",
)
