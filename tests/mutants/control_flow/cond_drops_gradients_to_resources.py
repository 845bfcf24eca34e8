"""What a branch reads of a resource variable has no gradient."""

from tf_litmus_worker import mutation

API = "tf.cond"
SELECT = "test_cond"

mutation.in_source(
    "tensorflow.python.ops.control_flow_grad",
    "_SwitchGrad",
    "zero_grad = grad[1 - op_ctxt.branch]",
    (
        "if op.inputs[0].dtype == dtypes.resource:\n"
        "      return None, None\n"
        "    zero_grad = grad[1 - op_ctxt.branch]"
    ),
)
