"""The zeros of an unconnected resource variable are of float32."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    "tensorflow.python.ops.gradients_util",
    "_ZerosLike",
    "resource_variable_ops.variable_shape(t), dtype=t_dtype)",
    "resource_variable_ops.variable_shape(t))",
)
