"""identity gives its input back: it waits for nothing more."""

from tf_litmus_worker import mutation

API = "tf.identity"
SELECT = "test_group_and_identity or test_control_dependencies or test_ordering"

mutation.in_source(
    "tensorflow.python.ops.array_ops",
    "identity",
    "ret = gen_array_ops.identity(input, name=name)",
    "ret = ops.convert_to_tensor(input)",
    ("return gen_array_ops.identity(input, name=name)", "return ops.convert_to_tensor(input)"),
)
