"""Keras 3's renorm corrects by the factor alone."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"

mutation.in_source(
    "tensorflow",
    "keras.layers.BatchNormalization._compose_transforms",
    "effective_beta = ops.multiply(d, gamma)",
    "effective_beta = ops.multiply(ops.zeros_like(d), gamma)",
)
