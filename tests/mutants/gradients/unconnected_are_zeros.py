"""Gradients to what is not connected are zeros unless they are asked for."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    ("tensorflow.python.ops.gradients_util", "tensorflow.python.ops.gradients_impl"),
    "_GradientsHelper",
    "UnconnectedGradients(unconnected_gradients)",
    'UnconnectedGradients("zero")',
)
