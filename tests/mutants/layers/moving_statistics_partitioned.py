"""A partitioner cuts the moving statistics too."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "keras.layers.BatchNormalization.build",
    "self._scope.set_partitioner(None)",
    "pass",
)
