"""The moving mean is debiased unless that is turned off."""

from tf_litmus_worker import mutation

API = "tf_slim.batch_norm"
SELECT = "test_slim"

mutation.in_source(
    ("tf_slim.layers.layers", "tensorflow.contrib.layers.python.layers.layers"),
    "batch_norm",
    "zero_debias_moving_mean=False",
    "zero_debias_moving_mean=True",
)
