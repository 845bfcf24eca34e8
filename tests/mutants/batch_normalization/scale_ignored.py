"""The scale is ignored."""

from tf_litmus_worker import mutation

API = "tf.nn.batch_normalization"
SELECT = "test_batch_normalization and not test_layers and not test_keras"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "batch_normalization",
    "inv *= scale",
    "pass",
)
