"""GATE_GRAPH gates nothing."""

from tf_litmus_worker import mutation

API = "tf.train.Optimizer"
SELECT = "test_gradients or test_optimizer or test_towers or before_any_is_applied"

mutation.in_source(
    "tensorflow.python.training.optimizer",
    "Optimizer.compute_gradients",
    "if gate_gradients == Optimizer.GATE_GRAPH:",
    "if False:",
)
