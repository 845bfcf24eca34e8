"""An epsilon below 1.001e-5 is used as it is, where it has a floor."""

from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "fused_batch_norm",
    "epsilon = epsilon if epsilon > min_epsilon else min_epsilon",
    "epsilon = epsilon + 0.0",
)
