"""Moments of float16 are computed in float16."""

from tf_litmus_worker import mutation

API = "tf.nn.moments"
SELECT = "test_moments"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "moments",
    "math_ops.cast(x, dtypes.float32) if x.dtype == dtypes.float16 else x",
    "x",
)
