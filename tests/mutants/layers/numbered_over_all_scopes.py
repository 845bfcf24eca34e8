"""Unnamed layers are counted over all scopes."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("keras.src.legacy_tf_layers.base", "tf_keras.src.legacy_tf_layers.base"),
    "Layer._init_set_name",
    "self._name, base_name = self._make_unique_name()\n    self._base_name",
    "self._name, base_name = self._make_unique_name()\n"
    "        number = int(self._name[len(base_name) + 1:]) - 1\n"
    '        base_name += "_%d" % number if number else ""\n'
    "    self._base_name",
)
