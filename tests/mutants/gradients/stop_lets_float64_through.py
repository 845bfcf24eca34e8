"""stop_gradient lets the gradient of a float64 tensor through."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    "tensorflow.python.ops.array_ops",
    "stop_gradient",
    "gen_array_ops.stop_gradient(input, name=name)",
    "identity(input, name=name) if ops.convert_to_tensor(input).dtype == dtypes.float64"
    " else gen_array_ops.stop_gradient(input, name=name)",
)
