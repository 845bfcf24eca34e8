"""Epsilon is added to the standard deviation, not to the variance."""

from tf_litmus_worker import mutation

API = "tf.nn.batch_normalization"
SELECT = "test_batch_normalization and not test_layers and not test_keras"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "batch_normalization",
    "math_ops.rsqrt(variance + variance_epsilon)",
    "1.0 / (math_ops.sqrt(variance) + variance_epsilon)",
)
