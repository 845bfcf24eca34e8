"""Slices are lost where they are added to a dense gradient."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    "tensorflow.python.eager.backprop_util",
    "AggregateIndexedSlicesGradients",
    "return math_ops.add_n(grads)",
    "return math_ops.add_n([g for g in grads if isinstance(g, tensor_lib.Tensor)])",
)
