"""One minus a decay of float32 is computed in float64."""

from tf_litmus_worker import mutation

API = "moving_averages.assign_moving_average"
SELECT = "test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "assign_moving_average",
    "1.0 - decay",
    "1.0 - (math_ops.cast(decay, 'float64') if hasattr(decay, 'dtype') else decay)",
)
