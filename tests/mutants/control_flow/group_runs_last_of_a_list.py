"""A group waits for the last operation of each list only."""

from tf_litmus_worker import mutation

API = "tf.group"
SELECT = "test_group_and_identity or test_control_dependencies or test_ordering"

mutation.in_source(
    "tensorflow.python.ops.control_flow_ops",
    "group",
    "for inp in nest.flatten(inputs, expand_composites=True):",
    (
        "for inp in [nest.flatten(i, expand_composites=True)[-1] for i in inputs\n"
        "                if nest.flatten(i, expand_composites=True)]:"
    ),
)
