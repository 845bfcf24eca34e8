"""No gradient goes through the variance."""

from tf_litmus_worker import mutation

API = "tf.nn.moments"
SELECT = "test_moments"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "moments",
    "if not keep_dims:",
    "variance = array_ops.stop_gradient(variance)\n    if not keep_dims:",
)
