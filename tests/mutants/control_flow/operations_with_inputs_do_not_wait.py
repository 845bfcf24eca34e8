"""An operation that has inputs waits for no control dependencies."""

from tf_litmus_worker import mutation

API = "tf.control_dependencies"
SELECT = "test_group_and_identity or test_control_dependencies or test_ordering"

mutation.in_source(
    "tensorflow.python.framework.ops",
    "Graph._control_dependencies_for_inputs",
    "if not dominated:",
    "if not input_ops:",
)
