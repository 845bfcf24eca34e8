"""The new average is computed as the sum of the two weighted values."""

from tf_litmus_worker import mutation

API = "moving_averages.assign_moving_average"
SELECT = "test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "assign_moving_average",
    "state_ops.assign_sub(v, (v - value) * decay, name=scope)",
    "state_ops.assign(v, v * (1 - decay) + value * decay, name=scope)",
    (
        "update_delta = (variable - value) * decay",
        "update_delta = variable - (variable * (1 - decay) + value * decay)",
    ),
)
