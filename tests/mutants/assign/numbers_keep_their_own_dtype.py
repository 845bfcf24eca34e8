"""Python's numbers are not made of the dtype of the resource variable they are assigned to."""

from tf_litmus_worker import mutation

API = "tf.assign"
SELECT = "test_assign and not test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.ops.resource_variable_ops",
    "BaseResourceVariable.assign",
    "ops.convert_to_tensor(value, dtype=self.dtype)",
    "ops.convert_to_tensor(value)",
)
