"""A function for the rate of descent is called once, and not for each step."""

from tf_litmus_worker import mutation

API = "tf.train.GradientDescentOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.gradient_descent",
    "GradientDescentOptimizer._prepare",
    "learning_rate = self._call_if_callable(self._learning_rate)",
    "learning_rate = self._learning_rate = self._call_if_callable(self._learning_rate)",
)
