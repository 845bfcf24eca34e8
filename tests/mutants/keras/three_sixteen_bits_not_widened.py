"""Keras 3 computes float16 in float16."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"

mutation.in_source(
    "tensorflow",
    "keras.layers.BatchNormalization.call",
    'compute_dtype = backend.result_type(inputs.dtype, "float32")',
    "compute_dtype = inputs.dtype",
)
