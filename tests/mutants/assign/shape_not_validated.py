"""assign lets a variable take any shape unless it is told not to."""

from tf_litmus_worker import mutation

API = "tf.assign"
SELECT = "test_assign and not test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.ops.state_ops",
    "assign",
    "validate_shape=validate_shape",
    "validate_shape=bool(validate_shape)",
)
