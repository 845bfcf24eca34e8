"""In the second-order gradient in training one of the epsilons is left out."""

from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm"

mutation.in_source(
    "tensorflow.python.ops.nn_fused_batch_norm_grad",
    "_BatchNormGrad",
    "math_ops.reciprocal(var_x + epsilon)",
    "math_ops.reciprocal(var_x)",
)
