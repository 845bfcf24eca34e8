"""Weights of zero give NaN."""

from tf_litmus_worker import mutation

API = "tf.nn.weighted_moments"
SELECT = "test_weighted_moments"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "weighted_moments",
    "math_ops.div_no_nan(weighted_distsq, sum_of_weights)",
    "weighted_distsq / sum_of_weights",
)
