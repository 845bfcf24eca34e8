"""Keras 3 moves the variance by a tenth more than the mean."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"

mutation.in_source(
    "tensorflow",
    "keras.layers.BatchNormalization.call",
    "variance * (1.0 - self.momentum)",
    "variance * 1.1 * (1.0 - self.momentum)",
)
