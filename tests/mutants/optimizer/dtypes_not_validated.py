"""Gradients of every dtype are taken."""

from tf_litmus_worker import mutation

API = "tf.train.Optimizer"
SELECT = "test_gradients or test_optimizer"

mutation.in_source(
    "tensorflow.python.training.optimizer",
    "Optimizer._assert_valid_dtypes",
    "for t in tensors:",
    "for t in []:",
)
