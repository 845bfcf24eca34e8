"""Virtual batches take consecutive examples."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "keras.layers.BatchNormalization.call",
    "[self.virtual_batch_size, -1]",
    "[-1, self.virtual_batch_size]",
)
