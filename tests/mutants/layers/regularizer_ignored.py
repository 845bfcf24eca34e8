"""The regularizer of beta is ignored."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "keras.layers.BatchNormalization.build",
    "regularizer=self.beta_regularizer",
    "regularizer=None",
)
