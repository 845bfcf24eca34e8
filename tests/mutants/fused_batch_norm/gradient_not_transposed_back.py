"""The gradient of channels-first inference keeps another order of axes."""

from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm_gradients"

mutation.in_source(
    "tensorflow.python.ops.nn_grad",
    "_BaseFusedBatchNormGrad",
    "array_ops.transpose(dx, [0, 3, 1, 2])",
    "array_ops.transpose(dx, [0, 3, 2, 1])",
)
