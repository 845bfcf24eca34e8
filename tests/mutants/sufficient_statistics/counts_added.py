"""The count over several axes is the sum of their sizes."""

from tf_litmus_worker import mutation

API = "tf.nn.sufficient_statistics"
SELECT = "test_sufficient_statistics"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "sufficient_statistics",
    "counts *= ",
    "counts += ",
)
