"""The layer does not hand its mask on."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"

mutation.replaced(
    (
        "keras.src.layers.normalization.batch_normalization",
        "tf_keras.src.layers.normalization.batch_normalization",
    ),
    "BatchNormalizationBase.compute_mask",
    lambda _: lambda *_: None,
)
