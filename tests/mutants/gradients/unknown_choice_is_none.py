"""An unknown value of unconnected_gradients is taken for "none"."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    "tensorflow.python.ops.gradients_util",
    "_GradientsHelper",
    "unconnected_gradients = UnconnectedGradients(unconnected_gradients)",
    "unconnected_gradients = UnconnectedGradients("
    "'zero' if unconnected_gradients in ('zero', UnconnectedGradients.ZERO) else 'none')",
)
