"""Inference takes the reads that were made with the moving statistics."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    (
        "keras.src.layers.normalization.batch_normalization",
        "tf_keras.src.layers.normalization.batch_normalization",
    ),
    "BatchNormalizationBase.call",
    "mean, variance = self.moving_mean, self.moving_variance",
    "mean, variance = self.moving_mean._graph_element, self.moving_variance._graph_element",
)
