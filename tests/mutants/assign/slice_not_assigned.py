"""The result of assigning to a slice of a resource variable does not assign."""

from tf_litmus_worker import mutation

API = "tf.assign"
SELECT = "test_assign and not test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.ops.resource_variable_ops",
    "BaseResourceVariable._strided_slice_assign",
    "return self._lazy_read(",
    "return (lambda assignment: self.value())(",
)
