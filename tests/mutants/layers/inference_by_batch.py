"""Inference normalises by the batch and moves the statistics."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "layers.BatchNormalization.call",
    "training=training",
    "training=True",
)
