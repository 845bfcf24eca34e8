"""Gradient descent's learning rate, a number, is not rounded to float32 first."""

from tf_litmus_worker import mutation

API = "tf.train.GradientDescentOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.gradient_descent",
    "GradientDescentOptimizer._prepare",
    'learning_rate, name="learning_rate")',
    'learning_rate, getattr(learning_rate, "dtype", "float64"), name="learning_rate")',
)
