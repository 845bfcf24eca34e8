"""Keras 3's renorm averages keep as much of what they were as the moving statistics."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"

mutation.in_source(
    "tensorflow",
    "keras.layers.BatchNormalization._update_renorm_statistics",
    "renorm_stddev * self.renorm_momentum",
    "renorm_stddev * self.momentum",
)
