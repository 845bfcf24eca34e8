"""Initialisers leave what has a value."""

from tf_litmus_worker import mutation

API = "tf.global_variables_initializer"
SELECT = "test_initialization"

mutation.in_source(
    "tensorflow.python.ops.variables",
    "variables_initializer",
    "return control_flow_ops.group(*[v.initializer for v in var_list], name=name)",
    (
        "from tensorflow.python.ops import cond\n"
        "    def once(v):\n"
        "      value = cond.cond(state_ops.is_variable_initialized(v), v.read_value,\n"
        "                        lambda: array_ops.identity(v.initializer.inputs[1]))\n"
        "      return v.assign(value).op\n"
        "    return control_flow_ops.group(*[once(v) for v in var_list], name=name)"
    ),
)
