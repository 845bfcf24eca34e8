"""A sum of gradients by add_n forgets the last."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    ("tensorflow.python.ops.gradients_util", "tensorflow.python.ops.gradients_impl"),
    "_AggregatedGrads",
    "_MultiDeviceAddN(out_grad,",
    "_MultiDeviceAddN(out_grad[:-1],",
)
