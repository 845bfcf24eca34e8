"""Keras initialises again what its session has initialised."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"

mutation.in_source(
    ("keras.src.backend", "tf_keras.src.backend"),
    "_initialize_variables",
    "(not is_initialized[n]) and v.initializer is not None",
    "v.initializer is not None",
)
