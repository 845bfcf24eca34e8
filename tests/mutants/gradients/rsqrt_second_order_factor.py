"""The gradient of rsqrt's gradient has the factor -0.5 for -1.5."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    "tensorflow.python.ops.math_grad",
    "_RsqrtGradGrad",
    "grad_a = -1.5 * cg",
    "grad_a = -0.5 * cg",
)
