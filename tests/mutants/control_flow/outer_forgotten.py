"""Of nested control dependencies the innermost alone are heeded."""

from tf_litmus_worker import mutation

API = "tf.control_dependencies"
SELECT = "test_group_and_identity or test_control_dependencies or test_ordering"

mutation.in_source(
    "tensorflow.python.framework.ops",
    "Graph._control_dependencies_for_inputs",
    "in self._control_dependencies_stack:",
    "in self._control_dependencies_stack[-1:]:",
)
