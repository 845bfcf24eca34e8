"""The variance is the unbiased one."""

from tf_litmus_worker import mutation

API = "tf.nn.moments"
SELECT = "test_moments"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "moments",
    "math_ops.squared_difference(y, array_ops.stop_gradient(mean))",
    "math_ops.squared_difference(y, array_ops.stop_gradient(mean))\n"
    "        * math_ops.cast(\n"
    "            array_ops.size(y) / (array_ops.size(y) - array_ops.size(mean)), y.dtype)",
)
