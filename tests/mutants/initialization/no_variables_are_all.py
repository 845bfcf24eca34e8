"""An empty list of variables to report on is taken for all."""

from tf_litmus_worker import mutation

API = "tf.report_uninitialized_variables"
SELECT = "test_initialization"

mutation.in_source(
    "tensorflow.python.ops.variables",
    "report_uninitialized_variables",
    "if var_list is None:",
    "if not var_list:",
)
