"""With a tensor of the constant True for training, a fused layer has no updates."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    (
        "keras.src.layers.normalization.batch_normalization",
        "tf_keras.src.layers.normalization.batch_normalization",
    ),
    "BatchNormalizationBase._fused_batch_norm",
    "if training_value or training_value is None:",
    "if training_value is True or training_value is None:",
)
