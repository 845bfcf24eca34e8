"""A mask that another layer made does not reach the layer called next."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"

mutation.in_source(
    ("keras.src.engine.base_layer_v1", "tf_keras.src.engine.base_layer_v1"),
    "Layer.__call__",
    'kwargs["mask"] = input_masks',
    'kwargs["mask"] = None',
)
