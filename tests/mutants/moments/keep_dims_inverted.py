"""Dimensions are kept unless keep_dims asks for it."""

from tf_litmus_worker import mutation

API = "tf.nn.moments"
SELECT = "test_moments"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "moments",
    "if not keep_dims:",
    "if keep_dims:",
)
