"""The moving variance starts at zero."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "layers.batch_normalization",
    "moving_variance_initializer=init_ops.ones",
    "moving_variance_initializer=init_ops.zeros",
    (
        "moving_variance_initializer=tf.compat.v1.ones",
        "moving_variance_initializer=tf.compat.v1.zeros",
    ),
)
