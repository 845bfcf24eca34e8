"""Keras 2 trains a layer that is not trainable."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "keras.layers.BatchNormalization._get_training_value",
    "if not self.trainable:",
    "if False:",
)
