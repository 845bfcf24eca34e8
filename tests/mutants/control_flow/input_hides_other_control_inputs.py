"""What takes one of its control inputs as an input does not wait for the others."""

from tf_litmus_worker import mutation

API = "tf.control_dependencies"
SELECT = "test_group_and_identity or test_control_dependencies or test_ordering"

mutation.in_source(
    "tensorflow.python.framework.ops",
    "Graph._control_dependencies_for_inputs",
    "ret.extend(c for c in controller.control_inputs if c not in input_ops)",
    """\
if not any(c in input_ops for c in controller.control_inputs):
        ret.extend(controller.control_inputs)""",
)
