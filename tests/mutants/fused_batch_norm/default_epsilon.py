"""The default epsilon is 1e-4."""

from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "fused_batch_norm",
    "epsilon=0.001",
    "epsilon=0.0001",
)
