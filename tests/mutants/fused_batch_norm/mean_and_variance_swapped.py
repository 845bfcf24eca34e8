"""Mean and variance are returned in each other's place."""

from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "fused_batch_norm",
    "return y, running_mean, running_var",
    "return y, running_var, running_mean",
    ("return y, batch_mean, batch_var", "return y, batch_var, batch_mean"),
)
