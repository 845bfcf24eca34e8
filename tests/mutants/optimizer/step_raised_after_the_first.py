"""With a global_step the first variable alone is updated."""

from tf_litmus_worker import mutation

API = "tf.train.Optimizer"
SELECT = "test_gradients or test_optimizer or test_update_ops or test_towers"

mutation.in_source(
    "tensorflow.python.training.optimizer",
    "Optimizer.apply_gradients",
    'control_dependencies([self._finish(update_ops, "update")])',
    "control_dependencies(update_ops[:1])",
)
