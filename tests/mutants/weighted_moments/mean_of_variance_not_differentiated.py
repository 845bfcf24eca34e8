"""No gradient goes through the weighted mean."""

from tf_litmus_worker import mutation

API = "tf.nn.weighted_moments"
SELECT = "test_weighted_moments"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "weighted_moments",
    "if not keep_dims:",
    "weighted_mean = array_ops.stop_gradient(weighted_mean)\n    if not keep_dims:",
)
