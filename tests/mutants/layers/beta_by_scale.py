"""There is a beta where scale asks for a gamma."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "keras.layers.BatchNormalization.build",
    "if self.center:",
    "if self.scale:",
)
