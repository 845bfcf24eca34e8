"""minimize does not hand its name on."""

from tf_litmus_worker import mutation

API = "tf.train.Optimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.optimizer",
    "Optimizer.minimize",
    "name=name)",
    "name=None)",
)
