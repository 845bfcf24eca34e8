"""The variance's terms are not weighted."""

from tf_litmus_worker import mutation

API = "tf.nn.weighted_moments"
SELECT = "test_weighted_moments"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "weighted_moments",
    "frequency_weights * math_ops.squared_difference(x, weighted_mean)",
    "math_ops.squared_difference(x, weighted_mean)",
)
