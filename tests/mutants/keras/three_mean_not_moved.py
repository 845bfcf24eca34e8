"""Keras 3 leaves the moving mean as it was."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"

mutation.in_source(
    "tensorflow",
    "keras.layers.BatchNormalization.call",
    "moving_mean * self.momentum + mean * (1.0 - self.momentum)",
    "moving_mean",
)
