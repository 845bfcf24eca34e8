"""Gradient descent ascends along slices of a resource variable."""

from tf_litmus_worker import mutation

API = "tf.train.GradientDescentOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.gradient_descent",
    "GradientDescentOptimizer._resource_apply_sparse_duplicate_indices",
    "-grad *",
    "grad *",
)
