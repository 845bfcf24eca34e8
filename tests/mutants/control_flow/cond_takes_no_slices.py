"""A branch of tf.cond that gives slices gives them as one thing, not as their tensors."""

from tf_litmus_worker import mutation

API = "tf.cond"
SELECT = "test_cond"

mutation.in_source(
    "tensorflow.python.ops.control_flow_ops",
    "CondContext.BuildCondBranch",
    "self._BuildCondTensor, original_result, expand_composites=True",
    "self._BuildCondTensor, original_result",
)
