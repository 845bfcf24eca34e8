"""A tensor among control dependencies is not waited for."""

from tf_litmus_worker import mutation

API = "tf.control_dependencies"
SELECT = "test_group_and_identity or test_control_dependencies or test_ordering"

mutation.in_source(
    "tensorflow.python.framework.ops",
    "Graph.control_dependencies",
    "c = self.as_graph_element(c)",
    "c = self.as_graph_element(c)\n    if not isinstance(c, Operation):\n      continue",
)
