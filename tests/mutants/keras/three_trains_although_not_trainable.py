"""Keras 3 trains a layer that is not trainable."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"

mutation.in_source(
    "tensorflow",
    "keras.layers.BatchNormalization.call",
    "if training and self.trainable:",
    "if training:",
)
