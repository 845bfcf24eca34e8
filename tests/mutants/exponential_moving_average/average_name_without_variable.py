"""average_name of a variable without an average leaves the variable's name out."""

from tf_litmus_worker import mutation

API = "tf.train.ExponentialMovingAverage"
SELECT = "test_exponential_moving_average or test_published_moving_averages"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "ExponentialMovingAverage.average_name",
    'var.name[:-len(":0")] + "/" + self.name',
    "self.name",
    ('var.op.name + "/" + self.name', "self.name"),
)
