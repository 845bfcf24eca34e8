"""What takes a tensor of an outer block does not wait for the inner one."""

from tf_litmus_worker import mutation

API = "tf.control_dependencies"
SELECT = "test_group_and_identity or test_control_dependencies or test_ordering"


def lost(_):
    """What dominates an outer block is taken to dominate the blocks in it."""

    def control_dependencies_for_inputs(self, input_ops):
        found = []
        for controller in self._control_dependencies_stack:
            if any(controller.op_in_group(op) for op in input_ops):
                break
            found.extend(c for c in controller.control_inputs if c not in input_ops)
        return found

    return control_dependencies_for_inputs


mutation.replaced(
    "tensorflow.python.framework.ops",
    "Graph._control_dependencies_for_inputs",
    lost,
)
