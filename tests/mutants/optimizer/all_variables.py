"""compute_gradients without var_list takes variables that are not trainable too."""

from tf_litmus_worker import mutation

API = "tf.train.Optimizer"
SELECT = "test_gradients or test_optimizer or test_update_ops or test_towers"

mutation.in_source(
    "tensorflow.python.training.optimizer",
    "Optimizer.compute_gradients",
    "variables.trainable_variables() +",
    "variables.global_variables() +",
)
