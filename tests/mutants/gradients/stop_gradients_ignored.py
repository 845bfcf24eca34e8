"""stop_gradients is ignored."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    ("tensorflow.python.ops.gradients_util", "tensorflow.python.ops.gradients_impl"),
    "_GradientsHelper",
    "stop_gradients = [] if stop_gradients is None else _AsList(stop_gradients)",
    "stop_gradients = []",
)
