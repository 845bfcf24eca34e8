"""Keras 3 adds the default epsilon, whatever it is told."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"

mutation.in_source(
    "tensorflow",
    "keras.layers.BatchNormalization.call",
    "epsilon=self.epsilon",
    "epsilon=1e-3",
)
