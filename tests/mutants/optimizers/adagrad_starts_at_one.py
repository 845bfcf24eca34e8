"""The accumulator starts at 1 unless it is told otherwise."""

from tf_litmus_worker import mutation

API = "tf.train.AdagradOptimizer"
SELECT = "test_optimizer"

mutation.in_source(
    "tensorflow.python.training.adagrad",
    "AdagradOptimizer.__init__",
    "initial_accumulator_value=0.1",
    "initial_accumulator_value=1.0",
)
