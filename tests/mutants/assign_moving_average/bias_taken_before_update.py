"""zero_debias divides the biased average from before the update."""

from tf_litmus_worker import mutation

API = "moving_averages.assign_moving_average"
SELECT = "test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "_zero_debias",
    "update_biased / bias_factor",
    "biased_var / bias_factor",
    ("control_dependencies([update_biased, update_local_step])", "control_dependencies([])"),
)
