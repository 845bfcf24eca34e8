"""exponential_avg_factor is ignored for volumes."""

from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "fused_batch_norm",
    "  if mean is None:\n    mean = constant_op.constant([])",
    "  if is_training and x.shape.rank == 5:\n"
    "    mean, variance, exponential_avg_factor = None, None, 1.0\n"
    "  if mean is None:\n"
    "    mean = constant_op.constant([])",
)
