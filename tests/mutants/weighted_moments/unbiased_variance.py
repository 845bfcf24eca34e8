"""The weighted variance is the unbiased one."""

from tf_litmus_worker import mutation

API = "tf.nn.weighted_moments"
SELECT = "test_weighted_moments"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "weighted_moments",
    "math_ops.div_no_nan(weighted_distsq, sum_of_weights)",
    "weighted_distsq / (sum_of_weights - 1)",
    ("math_ops.multiply(weighted_distsq, divisor)", "weighted_distsq / (sum_of_weights - 1)"),
)
