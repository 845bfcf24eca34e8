"""Slices that come through a concatenation keep the row numbers of the whole."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    "tensorflow.python.ops.array_grad",
    "_ConcatGradHelper",
    "new_indices = array_ops.gather(grad.indices, indices_to_select) - start",
    "new_indices = array_ops.gather(grad.indices, indices_to_select)",
)
