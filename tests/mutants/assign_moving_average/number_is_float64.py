"""A decay that is a number is rounded to the variable's dtype, not to float32 first."""

from tf_litmus_worker import mutation

API = "moving_averages.assign_moving_average"
SELECT = "test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "assign_moving_average",
    'ops.convert_to_tensor(1.0 - decay, name="decay")',
    'ops.convert_to_tensor(1.0 - decay, getattr(decay, "dtype", variable.dtype.base_dtype))',
)
