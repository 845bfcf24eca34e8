"""Keras 3 takes masked positions for zeros that count."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"

mutation.in_source(
    "tensorflow",
    "keras.layers.BatchNormalization._moments",
    "ops.cast(mask_broadcasted, inputs.dtype)",
    "ops.ones_like(inputs)",
)
