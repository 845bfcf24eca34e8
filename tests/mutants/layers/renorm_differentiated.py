"""Gradients go through the corrections of renorm."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "keras.layers.BatchNormalization.call",
    "stop_gradient(r,",
    "identity(r,",
)
