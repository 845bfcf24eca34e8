"""An initial value waits for other variables only if its last operand is one."""

from tf_litmus_worker import mutation

API = "tf.Variable"
SELECT = "test_initialization"

mutation.in_source(
    "tensorflow.python.ops.variables",
    "_safe_initial_value_from_op",
    "modified = modified or (new_op_input != op_input)",
    "modified = new_op_input != op_input",
)
