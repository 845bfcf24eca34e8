"""Of several outputs the first alone is differentiated."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    ("tensorflow.python.ops.gradients_util", "tensorflow.python.ops.gradients_impl"),
    "_GradientsHelper",
    "in zip(ys, grad_ys):",
    "in list(zip(ys, grad_ys))[:1]:",
)
