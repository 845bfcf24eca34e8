"""A layer that reuses variables does not ask the scope's custom getter."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("keras.src.legacy_tf_layers.base", "tf_keras.src.legacy_tf_layers.base"),
    "Layer.add_weight",
    "self._current_scope = scope\n",
    "self._current_scope = scope\n        scope.reuse and scope.set_custom_getter(None)\n",
)
