"""What is made in a branch does not wait for operations outside."""

from tf_litmus_worker import mutation

API = "tf.cond"
SELECT = "test_control_dependencies or test_ordering"

mutation.in_source(
    "tensorflow.python.ops.control_flow_ops",
    "ControlFlowContext._RemoveExternalControlEdges",
    "internal_control_inputs, external_control_inputs = op.control_inputs, []",
    """\
internal_control_inputs, external_control_inputs = [
        x for x in op.control_inputs if util.OpInContext(x, self)], []""",
)
