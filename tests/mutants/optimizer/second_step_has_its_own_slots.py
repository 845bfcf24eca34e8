"""A second apply_gradients makes slots anew."""

from tf_litmus_worker import mutation

API = "tf.train.Optimizer"
SELECT = "test_gradients or test_optimizer or test_update_ops or test_towers"

mutation.in_source(
    "tensorflow.python.training.optimizer",
    "Optimizer._zeros_slot",
    "if _var_key(var) not in named_slots:",
    "if True:",
)
