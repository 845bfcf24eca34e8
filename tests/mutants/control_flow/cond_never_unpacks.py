"""cond gives a list of one tensor where its branches do, unless it is told not to."""

from tf_litmus_worker import mutation

API = "tf.cond"
SELECT = "test_cond"

mutation.in_source(
    ["tensorflow.python.ops.cond", "tensorflow.python.ops.control_flow_ops"],
    "cond",
    "strict=False",
    "strict=True",
)
