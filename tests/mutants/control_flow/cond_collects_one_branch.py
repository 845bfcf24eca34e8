"""The context of cond's first branch is not collected."""

from tf_litmus_worker import mutation

API = "tf.cond"
SELECT = "test_cond"

mutation.in_source(
    ("tensorflow.python.ops.cond", "tensorflow.python.ops.control_flow_ops"),
    "cond",
    "ops.add_to_collection(ops.GraphKeys.COND_CONTEXT, context_t)",
    "pass",
)
