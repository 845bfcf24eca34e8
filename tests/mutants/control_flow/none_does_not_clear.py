"""control_dependencies(None) clears nothing."""

from tf_litmus_worker import mutation

API = "tf.control_dependencies"
SELECT = "test_group_and_identity or test_control_dependencies or test_ordering"

mutation.in_source(
    "tensorflow.python.framework.ops",
    "Graph._ControlDependenciesController.__init__",
    "self._new_stack = True",
    "self._new_stack = False",
)
