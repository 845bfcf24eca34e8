"""Optimizers do not apply the constraint of a ref variable."""

from tf_litmus_worker import mutation

API = "tf.train.Optimizer"
SELECT = "test_gradients or test_optimizer or test_update_ops or test_towers"

mutation.in_source(
    "tensorflow.python.training.optimizer",
    "_RefVariableProcessor.update_op",
    """\
if self._v.constraint is not None:
      with""",
    """\
if self._v.constraint is not None and False:
      with""",
)
