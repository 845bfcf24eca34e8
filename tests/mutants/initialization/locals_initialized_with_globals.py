"""global_variables_initializer initialises local variables too."""

from tf_litmus_worker import mutation

API = "tf.report_uninitialized_variables"
SELECT = "test_initialization"

mutation.in_source(
    "tensorflow.python.ops.variables",
    "global_variables_initializer",
    "return variables_initializer(global_variables())",
    "return variables_initializer(global_variables() + local_variables())",
)
