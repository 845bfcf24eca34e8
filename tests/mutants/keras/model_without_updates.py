"""A model has no updates of its layers."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"

mutation.in_source(
    ("keras.src.engine.base_layer_v1", "tf_keras.src.engine.base_layer_v1"),
    "Layer.updates.fget",
    "all_layers = self._flatten_layers()",
    "all_layers = [self]",
)
