"""An unused output beside a used one has no gradient, although zeros are asked for."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    "tensorflow.python.ops.gradients_util",
    "_GetGrad",
    "UnconnectedGradients.ZERO and t_grad is None:",
    "UnconnectedGradients.ZERO and t_grad is None and len(op.outputs) < 2:",
)
