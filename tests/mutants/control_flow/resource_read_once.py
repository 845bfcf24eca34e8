"""A resource variable as a tensor is the read made with it, which waits for nothing."""

from tf_litmus_worker import mutation

API = "tf.control_dependencies"
SELECT = "test_group_and_identity or test_control_dependencies or test_ordering"

mutation.in_source(
    "tensorflow.python.ops.resource_variable_ops",
    "ResourceVariable._dense_var_to_tensor",
    "return self.value()",
    "return self._graph_element",
)
