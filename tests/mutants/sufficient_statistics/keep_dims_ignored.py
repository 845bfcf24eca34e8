"""keep_dims is ignored in the sum of squares."""

from tf_litmus_worker import mutation

API = "tf.nn.sufficient_statistics"
SELECT = "test_sufficient_statistics"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "sufficient_statistics",
    "v_ss, axes, keepdims=keep_dims",
    "v_ss, axes",
)
