"""TRAIN_OP has the last step alone."""

from tf_litmus_worker import mutation

API = "tf.train.Optimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.optimizer",
    "Optimizer.apply_gradients",
    "train_op.append(apply_updates)",
    "train_op[:] = [apply_updates]",
)
