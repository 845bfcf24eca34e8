"""variables_to_restore maps averaged variables by their own names."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average or test_published_moving_averages"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "ExponentialMovingAverage.variables_to_restore",
    "name_map[self.average_name(v.deref())]",
    "name_map[v.deref().op.name]",
    ("name_map[self.average_name(v)]", "name_map[v.op.name]"),
)
