"""The two averages are global variables whatever the collection."""

from tf_litmus_worker import mutation

API = "moving_averages.weighted_moving_average"
SELECT = "test_weighted_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "weighted_moving_average",
    "if collections is None:",
    "if True:",
)
