"""A sum of gradients by tree forgets the second."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    ("tensorflow.python.ops.gradients_util", "tensorflow.python.ops.gradients_impl"),
    "_AggregatedGrads",
    "out_grad[1:]:",
    "out_grad[2:]:",
)
