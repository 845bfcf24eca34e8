"""Variables of slim have no regularizer."""

from tf_litmus_worker import mutation

API = "tf_slim.batch_norm"
SELECT = "test_slim"

mutation.in_source(
    ("tf_slim.ops.variables", "tensorflow.contrib.framework.python.ops.variables"),
    "variable",
    "regularizer=regularizer,",
    "regularizer=None,",
)
