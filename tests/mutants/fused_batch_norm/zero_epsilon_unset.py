"""An epsilon of zero is taken for one that is not given."""

from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "fused_batch_norm",
    "      epsilon=epsilon,",
    "      epsilon=epsilon or 0.001,",
)
