"""The gradient of l2_loss has no gradient to its input."""

from tf_litmus_worker import mutation

API = "tf.nn.l2_loss"
SELECT = "test_clip_by_global_norm"

mutation.in_source(
    "tensorflow.python.ops.nn_grad",
    "_L2LossGrad",
    "return op.inputs[0] * grad",
    "return array_ops.stop_gradient(op.inputs[0]) * grad",
)
