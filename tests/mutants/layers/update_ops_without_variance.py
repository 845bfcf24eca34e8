"""Of the two updates the mean's alone is put into UPDATE_OPS."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "layers.BatchNormalization.__call__",
    "self.updates",
    "self.updates[:1]",
)
