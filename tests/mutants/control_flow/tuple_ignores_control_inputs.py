"""tuple does not wait for its control inputs."""

from tf_litmus_worker import mutation

API = "tf.tuple"
SELECT = "test_group_and_identity or test_control_dependencies or test_ordering"

mutation.in_source(
    "tensorflow.python.ops.control_flow_ops",
    "tuple",
    "gating_ops.append(c)",
    "pass",
)
