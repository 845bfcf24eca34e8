"""A layer that reuses variables has their regularization losses collected once more."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("keras.src.legacy_tf_layers.base", "tf_keras.src.legacy_tf_layers.base"),
    "Layer.add_weight",
    "return variable not in existing_variable_set",
    "return True",
)
