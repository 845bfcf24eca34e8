"""renorm's correction r is applied in inference too."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "keras.layers.BatchNormalization._renorm_correction_and_moments",
    "ones_like(r)",
    "identity(r)",
)
