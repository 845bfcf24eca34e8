"""The sparse step adds epsilon below the root."""

from tf_litmus_worker import mutation

API = "tf.train.AdamOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.adam",
    "AdamOptimizer._apply_sparse_shared",
    "math_ops.sqrt(v_t)",
    "math_ops.sqrt(v_t + epsilon_t)",
)
