"""The sparse step does not decay the first average."""

from tf_litmus_worker import mutation

API = "tf.train.AdamOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.adam",
    "AdamOptimizer._apply_sparse_shared",
    "m * beta1_t",
    "m * 1.0",
)
