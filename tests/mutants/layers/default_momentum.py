"""The default momentum is 0.999."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("tensorflow.compat.v1", "tensorflow"),
    "layers.batch_normalization",
    "                        momentum=0.99,",
    "                        momentum=0.999,",
    ("\n    momentum=0.99,", "\n    momentum=0.999,"),
)
