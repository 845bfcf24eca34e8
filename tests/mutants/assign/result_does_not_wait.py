"""The result of an assignment is read without waiting for it."""

from tf_litmus_worker import mutation

API = "tf.assign"
SELECT = "test_assign and not test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.ops.resource_variable_ops",
    "_UnreadVariable._read_variable_op",
    "[self._parent_op]",
    "[]",
)
