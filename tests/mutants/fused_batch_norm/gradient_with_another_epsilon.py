"""The gradient takes twice the epsilon."""

from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm_gradients"

mutation.in_source(
    "tensorflow.python.ops.nn_grad",
    "_BaseFusedBatchNormGrad",
    'op.get_attr("epsilon")',
    '2 * op.get_attr("epsilon")',
)
