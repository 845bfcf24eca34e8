"""grad_ys are ignored."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    ("tensorflow.python.ops.gradients_util", "tensorflow.python.ops.gradients_impl"),
    "_GradientsHelper",
    "_DefaultGradYs(grad_ys, ys",
    "_DefaultGradYs([None] * len(ys), ys",
)
