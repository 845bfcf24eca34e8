"""apply_gradients does not raise global_step."""

from tf_litmus_worker import mutation

API = "tf.train.Optimizer"
SELECT = "test_gradients or test_optimizer or test_update_ops or test_towers"

mutation.in_source(
    "tensorflow.python.training.optimizer",
    "Optimizer.apply_gradients",
    "if global_step is None:",
    "if True:",
)
