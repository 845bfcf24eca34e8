"""The gradients of scale and offset are in each other's place."""

from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm_gradients"

mutation.in_source(
    "tensorflow.python.ops.nn_grad",
    "_BaseFusedBatchNormGrad",
    "return dx, dscale, doffset, None, None",
    "return dx, doffset, dscale, None, None",
)
