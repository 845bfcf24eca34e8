"""With a global step, what an optimiser does at the end of a step is left out."""

from tf_litmus_worker import mutation

API = "tf.train.Optimizer"
SELECT = "test_gradients or test_optimizer or test_update_ops or test_towers"

mutation.in_source(
    "tensorflow.python.training.optimizer",
    "Optimizer.apply_gradients",
    '[self._finish(update_ops, "update")]',
    "update_ops",
)
