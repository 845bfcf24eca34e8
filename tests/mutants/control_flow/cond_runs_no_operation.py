"""A branch of tf.cond that returns an operation does not run it."""

from tf_litmus_worker import mutation

API = "tf.cond"
SELECT = "test_cond"

mutation.in_source(
    "tensorflow.python.ops.control_flow_ops",
    "CondContext._BuildCondTensor",
    "return with_dependencies([v], self._pivot)",
    "return self._pivot",
)
