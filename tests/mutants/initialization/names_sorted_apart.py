"""Names of uninitialised variables are sorted, what is known of them is not."""

from tf_litmus_worker import mutation

API = "tf.report_uninitialized_variables"
SELECT = "test_initialization"

mutation.in_source(
    "tensorflow.python.ops.variables",
    "report_uninitialized_variables",
    "[s.op.name for s in var_list]",
    "sorted(s.op.name for s in var_list)",
)
