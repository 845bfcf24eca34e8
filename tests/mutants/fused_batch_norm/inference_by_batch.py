"""Inference normalises by the batch's own statistics."""

from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "fused_batch_norm",
    "if mean is None:",
    "if not is_training:\n    mean = variance = None\n    is_training = True\n  if mean is None:",
)
