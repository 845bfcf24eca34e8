"""Two updates in one run read the resource variable once."""

from tf_litmus_worker import mutation

API = "moving_averages.assign_moving_average"
SELECT = "test_control_dependencies"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "assign_moving_average",
    "(v - value) * decay",
    '(getattr(v, "_graph_element", v) - value) * decay',
)
