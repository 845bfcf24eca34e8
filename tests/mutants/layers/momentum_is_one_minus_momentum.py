"""Moving statistics keep one minus the momentum of what they were."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "keras.layers.BatchNormalization._assign_moving_average",
    "1.0 - momentum",
    "0.0 + momentum",
)
