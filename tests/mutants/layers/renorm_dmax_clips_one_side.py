"""dmax does not clip from below."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "keras.layers.BatchNormalization._renorm_correction_and_moments",
    "maximum(d, -dmax)",
    "maximum(d, -1e9 * dmax)",
)
