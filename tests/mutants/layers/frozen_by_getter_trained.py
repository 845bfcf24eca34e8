"""What a custom getter makes not trainable is among the trainable variables of the layer."""

from tf_litmus_worker import mutation

API = "tf.layers.BatchNormalization"
SELECT = "test_layers"

mutation.in_source(
    ("keras.src.legacy_tf_layers.base", "tf_keras.src.legacy_tf_layers.base"),
    "Layer.add_weight",
    "and variable not in trainable_variables",
    "and variable is None",
)
