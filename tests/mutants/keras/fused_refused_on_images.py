"""Keras 2 refuses fused=True where the kernel can be."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"

mutation.in_source(
    "tensorflow.compat.v2",
    "keras.layers.BatchNormalization.build",
    "self.fused and rank not in (4, 5)",
    "self.fused and rank in (4, 5)",
)
