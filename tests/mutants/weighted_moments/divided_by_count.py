"""Weighted sums are divided by the number of elements."""

from tf_litmus_worker import mutation

API = "tf.nn.weighted_moments"
SELECT = "test_weighted_moments"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "weighted_moments",
    "broadcasted_weights, axes",
    "array_ops.ones_like(broadcasted_weights), axes",
)
