"""The gradient in training is centred by the moving mean that the function returns."""

from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm"

mutation.in_source(
    "tensorflow.python.ops.nn_grad",
    "_BaseFusedBatchNormGrad",
    '"reserve_space_1": op.outputs[3],',
    '"reserve_space_1": op.outputs[1],',
)
