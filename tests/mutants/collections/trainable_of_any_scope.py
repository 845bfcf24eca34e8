"""tf.trainable_variables ignores its scope."""

from tf_litmus_worker import mutation

API = "tf.trainable_variables"
SELECT = "test_collections"

mutation.in_source(
    "tensorflow.python.ops.variables",
    "trainable_variables",
    "ops.get_collection(ops.GraphKeys.TRAINABLE_VARIABLES, scope)",
    "ops.get_collection(ops.GraphKeys.TRAINABLE_VARIABLES)",
)
