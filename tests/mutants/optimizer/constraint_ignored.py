"""A step does not apply the constraint of its variable."""

from tf_litmus_worker import mutation

API = "tf.train.Optimizer"
SELECT = "test_gradients or test_optimizer or test_update_ops or test_towers"

mutation.in_source(
    "tensorflow.python.training.optimizer",
    "_DenseResourceVariableProcessor.update_op",
    "return self._v.assign(self._v.constraint(self._v))",
    "return update_op",
)
mutation.in_source(
    "tensorflow.python.training.optimizer",
    "_RefVariableProcessor.update_op",
    "return self._v.assign(self._v.constraint(self._v))",
    "return update_op",
)
