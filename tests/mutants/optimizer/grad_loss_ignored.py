"""grad_loss is ignored."""

from tf_litmus_worker import mutation

API = "tf.train.Optimizer"
SELECT = "test_gradients or test_optimizer or test_update_ops or test_towers"

mutation.in_source(
    "tensorflow.python.training.optimizer",
    "Optimizer.compute_gradients",
    "grad_ys=grad_loss",
    "grad_ys=None",
)
