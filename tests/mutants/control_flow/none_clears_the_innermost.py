"""tf.control_dependencies(None) clears the innermost of nested blocks only."""

from tf_litmus_worker import mutation

API = "tf.control_dependencies"
SELECT = "test_group_and_identity or test_control_dependencies or test_ordering"

mutation.in_source(
    "tensorflow.python.framework.ops",
    "Graph._ControlDependenciesController.__enter__",
    "self._graph._control_dependencies_stack = []",
    "self._graph._control_dependencies_stack = self._old_stack[:-1]",
)
