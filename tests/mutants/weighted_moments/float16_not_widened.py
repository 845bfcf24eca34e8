"""Weighted moments of float16 are computed in float16."""

from tf_litmus_worker import mutation

API = "tf.nn.weighted_moments"
SELECT = "test_weighted_moments"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "weighted_moments",
    "needs_cast = x.dtype == dtypes.float16",
    "needs_cast = False",
)
