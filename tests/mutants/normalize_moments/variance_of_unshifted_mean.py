"""The variance subtracts the square of the mean with the shift."""

from tf_litmus_worker import mutation

API = "tf.nn.normalize_moments"
SELECT = "test_sufficient_statistics"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "normalize_moments",
    "math_ops.square(shifted_mean)",
    "math_ops.square(mean)",
)
