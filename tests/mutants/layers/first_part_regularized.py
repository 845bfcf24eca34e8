"""Of a variable in parts the first part is regularized alone."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("keras.src.engine.base_layer_v1", "tf_keras.src.engine.base_layer_v1"),
    "Layer._handle_weight_regularization",
    "for v in variable:",
    "for v in list(variable)[:1]:",
)
