"""beta is called offset."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "keras.layers.BatchNormalization.build",
    'name="beta"',
    'name="offset"',
    ("name='beta'", "name='offset'"),
)
