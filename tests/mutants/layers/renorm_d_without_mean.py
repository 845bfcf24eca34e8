"""renorm's d is the mean over the deviation, without the moving mean."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "keras.layers.BatchNormalization._renorm_correction_and_moments",
    "(mean - renorm_mean) /",
    "(mean - 0 * renorm_mean) /",
    ("(mean - mixed_renorm_mean) /", "(mean - 0 * mixed_renorm_mean) /"),
)
