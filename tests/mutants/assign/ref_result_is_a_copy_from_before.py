"""assign_add gives the value from before it."""

from tf_litmus_worker import mutation

API = "tf.assign_add"
SELECT = "test_assign and not test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.ops.state_ops",
    "assign_add",
    "return gen_state_ops.assign_add(\n        ref, value, use_locking=use_locking, name=name)",
    "from tensorflow.python.ops import array_ops\n"
    "    old = array_ops.identity(ref) + 0\n"
    "    with __import__('tensorflow').control_dependencies([old]):\n"
    "      done = gen_state_ops.assign_add(ref, value, use_locking=use_locking, name=name)\n"
    "    with __import__('tensorflow').control_dependencies([done]):\n"
    "      return array_ops.identity(old)",
)
