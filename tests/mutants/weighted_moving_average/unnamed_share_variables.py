"""Averages without a name share their variables if their shapes are the same."""

from tf_litmus_worker import mutation

API = "moving_averages.weighted_moving_average"
SELECT = "test_weighted_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "weighted_moving_average",
    """\
variable_scope.variable_scope(name, "WeightedMovingAvg",
                                     [value, weight, decay]) as scope:""",
    """\
variable_scope.variable_scope(
      name or "WeightedMovingAvg",
      values=[value, weight, decay],
      reuse=None if name else variable_scope.AUTO_REUSE) as scope:""",
)
