"""The variance is mean(x^2) - mean(x)^2, which rounding makes negative."""

from tf_litmus_worker import mutation

API = "tf.nn.moments"
SELECT = "test_moments"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "moments",
    "if not keep_dims:",
    "variance = math_ops.reduce_mean(math_ops.square(y), axes, keepdims=True)\n"
    "    variance -= math_ops.square(mean)\n"
    "    if not keep_dims:",
)
