"""The regularizer of beta is dropped."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"

mutation.in_source(
    "tensorflow",
    "keras.layers.BatchNormalization.build",
    "regularizer=self.beta_regularizer",
    "regularizer=None",
)
