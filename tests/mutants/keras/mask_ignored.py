"""Keras 2 counts masked positions too."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"

mutation.in_source(
    "tensorflow.compat.v1",
    "keras.layers.BatchNormalization._no_sync_calculate_mean_and_var",
    "if mask is None:",
    "if True:",
)
