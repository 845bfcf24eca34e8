"""rmax does not clip."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "keras.layers.BatchNormalization._renorm_correction_and_moments",
    "if rmax is not None:",
    "if False:",
)
