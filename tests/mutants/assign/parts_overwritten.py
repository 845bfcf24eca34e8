"""assign_add to a partitioned variable assigns."""

from tf_litmus_worker import mutation

API = "tf.assign_add"
SELECT = "test_assign and not test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.ops.variables",
    "PartitionedVariable.assign_add",
    "var.assign_add(",
    "var.assign(",
)
