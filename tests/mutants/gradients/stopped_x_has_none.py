"""An x that is in stop_gradients has no gradient."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    "tensorflow.python.ops.gradients_util",
    "_GradientsHelper",
    "return [_GetGrad(grads, x, unconnected_gradients) for x in xs]",
    """return [
      _GetGrad({} if x.op in stop_gradient_ops else grads, x, unconnected_gradients)
      for x in xs]""",
)
