"""An epsilon below 1e-4 is taken for 1e-4."""

from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "fused_batch_norm",
    "epsilon=epsilon,",
    "epsilon=max(epsilon, 1e-4),",
)
