"""The shift is added to the mean."""

from tf_litmus_worker import mutation

API = "tf.nn.moments"
SELECT = "test_moments"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "moments",
    "if not keep_dims:",
    "if shift is not None:\n      mean += math_ops.cast(shift, mean.dtype)\n    if not keep_dims:",
)
