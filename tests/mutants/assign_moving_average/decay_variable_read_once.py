"""A decay that is a variable is taken at its initial value."""

from tf_litmus_worker import mutation

API = "moving_averages.assign_moving_average"
SELECT = "test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "assign_moving_average",
    'ops.convert_to_tensor(1.0 - decay, name="decay")',
    'ops.convert_to_tensor(1.0 - getattr(decay, "initial_value", decay), name="decay")',
)
