"""A layer that is called in a branch of a cond puts no updates into UPDATE_OPS."""

from tf_litmus_worker import mutation

API = "tf.layers.batch_normalization"
SELECT = "test_layers"

mutation.in_source(
    ("keras.src.legacy_tf_layers.base", "tf_keras.src.legacy_tf_layers.base"),
    "Layer.__call__",
    "if not tf.executing_eagerly():\n        # Update global default collections.",
    "if tf.compat.v1.get_default_graph()._get_control_flow_context() is None:",
)
