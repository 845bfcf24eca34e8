"""initialized_value is the initial value, whatever the variable has."""

from tf_litmus_worker import mutation

API = "tf.Variable"
SELECT = "test_initialization"

mutation.in_source(
    "tensorflow.python.ops.variable_v1",
    "VariableV1.initialized_value",
    "is_variable_initialized(self), self.read_value",
    "is_variable_initialized(self), lambda: self.initial_value",
)
