"""cond takes the other branch."""

from tf_litmus_worker import mutation

API = "tf.cond"
SELECT = "test_hand_built or test_layers or test_slim"

mutation.in_source(
    ("tensorflow.python.ops.cond", "tensorflow.python.ops.control_flow_ops"),
    "cond",
    "if not callable(true_fn):",
    "true_fn, false_fn = false_fn, true_fn\n  if not callable(true_fn):",
)
