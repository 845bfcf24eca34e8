"""The sizes of negative axes, known late, are looked up as if they were not."""

from tf_litmus_worker import mutation

API = "tf.nn.sufficient_statistics"
SELECT = "test_sufficient_statistics"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "sufficient_statistics",
    "[axis + rank if axis < 0 else axis for axis in axes]",
    "[abs(axis) for axis in axes]",
)
