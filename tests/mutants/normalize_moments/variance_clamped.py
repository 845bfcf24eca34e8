"""A negative variance is made zero."""

from tf_litmus_worker import mutation

API = "tf.nn.normalize_moments"
SELECT = "test_sufficient_statistics"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "normalize_moments",
    "return (mean, variance)",
    "return (mean, math_ops.maximum(variance, 0))",
)
