"""A layer of 16 bits that is not fused computes in 16 bits."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "keras.layers.BatchNormalization.call",
    "in (tf.float16, tf.bfloat16)",
    "in ()",
    ("in (dtypes.float16, dtypes.bfloat16)", "in ()"),
)
