"""The dense step of a resource variable is not corrected by the second power."""

from tf_litmus_worker import mutation

API = "tf.train.AdamOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.adam",
    "AdamOptimizer._resource_apply_dense",
    "math_ops.cast(beta2_power, grad.dtype.base_dtype)",
    "math_ops.cast(0.0, grad.dtype.base_dtype)",
)
