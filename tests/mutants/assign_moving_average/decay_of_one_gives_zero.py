"""A debiased average with a decay of one is zero, and not NaN."""

from tf_litmus_worker import mutation

API = "moving_averages.assign_moving_average"
SELECT = "test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "_zero_debias",
    "update_biased / bias_factor",
    "math_ops.div_no_nan(update_biased, bias_factor)",
)
