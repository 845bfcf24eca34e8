"""minimize does not pass grad_loss on."""

from tf_litmus_worker import mutation

API = "tf.train.Optimizer"
SELECT = "test_gradients or test_optimizer or test_update_ops or test_towers"

mutation.in_source(
    "tensorflow.python.training.optimizer",
    "Optimizer.minimize",
    "grad_loss=grad_loss)",
    "grad_loss=None)",
)
