"""The shift is subtracted from the mean."""

from tf_litmus_worker import mutation

API = "tf.nn.normalize_moments"
SELECT = "test_sufficient_statistics"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "normalize_moments",
    "math_ops.add(shifted_mean, shift",
    "math_ops.subtract(shifted_mean, shift",
)
