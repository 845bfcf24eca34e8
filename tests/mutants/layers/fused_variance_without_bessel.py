"""The moving variance of the fused layer has no Bessel's correction."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "keras.layers.BatchNormalization._fused_batch_norm",
    "if not self._bessels_correction_test_only:",
    "if self._bessels_correction_test_only:",
    ("if self._bessels_correction_test_only:", "if not self._bessels_correction_test_only:"),
)
