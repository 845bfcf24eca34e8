"""The config of a layer leaves out its momentum."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"

mutation.in_source(
    (
        "keras.src.layers.normalization.batch_normalization",
        "tf_keras.src.layers.normalization.batch_normalization",
    ),
    "BatchNormalizationBase.get_config",
    '"momentum": self.momentum,',
    "",
)
