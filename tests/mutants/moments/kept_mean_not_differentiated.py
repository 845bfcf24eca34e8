"""The mean has no gradient where dimensions are kept."""

from tf_litmus_worker import mutation

API = "tf.nn.moments"
SELECT = "test_moments"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "moments",
    "if not keep_dims:",
    "if keep_dims:\n      mean = array_ops.stop_gradient(mean)\n    else:",
)
