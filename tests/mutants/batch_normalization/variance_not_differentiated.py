"""No gradient goes through the given variance."""

from tf_litmus_worker import mutation

API = "tf.nn.batch_normalization"
SELECT = "test_batch_normalization and not test_layers and not test_keras"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "batch_normalization",
    "math_ops.rsqrt(variance + variance_epsilon)",
    "math_ops.rsqrt(array_ops.stop_gradient(variance) + variance_epsilon)",
)
