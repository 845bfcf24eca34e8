"""The fused layer's inference has the default epsilon, whatever it is told."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "keras.layers.BatchNormalization._fused_batch_norm",
    "epsilon=self.epsilon,\n            is_training=False",
    "is_training=False",
)
