"""The step is not put into TRAIN_OP."""

from tf_litmus_worker import mutation

API = "tf.train.Optimizer"
SELECT = "test_gradients or test_optimizer or test_update_ops or test_towers"

mutation.in_source(
    "tensorflow.python.training.optimizer",
    "Optimizer.apply_gradients",
    "train_op.append(apply_updates)",
    "pass",
)
