"""minimize ignores colocate_gradients_with_ops."""

from tf_litmus_worker import mutation

API = "tf.train.Optimizer.compute_gradients"
SELECT = "test_gradients"

mutation.in_source(
    "tensorflow.python.training.optimizer",
    "Optimizer.minimize",
    "colocate_gradients_with_ops=colocate_gradients_with_ops",
    "colocate_gradients_with_ops=False",
)
