"""is_variable_initialized is one operation for all, whatever it is to wait for."""

from tf_litmus_worker import mutation

API = "tf.is_variable_initialized"
SELECT = "test_initialization"

mutation.in_source(
    "tensorflow.python.ops.state_ops",
    "is_variable_initialized",
    "return ref.is_initialized(name=name)",
    (
        'known = getattr(ref, "_is_initialized_op", None)\n'
        "  return ref.is_initialized(name=name) if known is None else known"
    ),
)
