"""The moving variance of virtual batches takes the largest of theirs."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "keras.layers.BatchNormalization.call",
    "reduce_mean(variance, axis=1",
    "reduce_max(variance, axis=1",
)
