"""Local variables without a value are not reported."""

from tf_litmus_worker import mutation

API = "tf.report_uninitialized_variables"
SELECT = "test_initialization"

mutation.in_source(
    "tensorflow.python.ops.variables",
    "report_uninitialized_variables",
    "global_variables() + local_variables()",
    "global_variables()",
)
