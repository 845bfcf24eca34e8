"""A layer that is not trainable has trainable variables."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "layers.BatchNormalization.add_weight",
    "trainable=trainable and self.trainable",
    "trainable=trainable",
)
