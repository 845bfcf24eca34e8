"""Squares of differences of float64 are rounded to float32."""

from tf_litmus_worker import mutation

API = "tf.nn.moments"
SELECT = "test_moments"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "moments",
    "math_ops.squared_difference(y, array_ops.stop_gradient(mean))",
    "math_ops.cast(math_ops.cast("
    "math_ops.squared_difference(y, array_ops.stop_gradient(mean)), dtypes.float32), y.dtype)",
)
