"""A layer that was called takes inputs of another rank."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    (
        "keras.src.layers.normalization.batch_normalization",
        "tf_keras.src.layers.normalization.batch_normalization",
    ),
    "BatchNormalizationBase.build",
    "InputSpec(ndim=rank, axes=axis_to_dim)",
    "InputSpec(axes=axis_to_dim)",
)
