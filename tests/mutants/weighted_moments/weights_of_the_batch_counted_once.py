"""Weights that are broadcast over the first dimension count once in the sum of weights."""

from tf_litmus_worker import mutation

API = "tf.nn.weighted_moments"
SELECT = "test_weighted_moments"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "weighted_moments",
    "frequency_weights + array_ops.zeros_like(x)",
    "frequency_weights + array_ops.zeros_like(x[:1])",
)
