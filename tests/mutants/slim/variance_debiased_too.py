"""zero_debias_moving_mean debiases the moving variance too."""

from tf_litmus_worker import mutation

API = "tf_slim.batch_norm"
SELECT = "test_slim"

mutation.in_source(
    ("tf_slim.layers.layers", "tensorflow.contrib.layers.python.layers.layers"),
    "_fused_batch_norm",
    "moving_variance, variance, decay, zero_debias=False",
    "moving_variance, variance, decay, zero_debias=zero_debias_moving_mean",
)
