"""No gradient goes through the mean."""

from tf_litmus_worker import mutation

API = "tf.nn.moments"
SELECT = "test_moments"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "moments",
    "if not keep_dims:",
    "mean = array_ops.stop_gradient(mean)\n    if not keep_dims:",
)
