"""The gradient to a scalar that is subtracted has the wrong sign."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    "tensorflow.python.ops.math_grad",
    "_SubGrad",
    "gy = None if 1 in skip_input_indices else -grad",
    "gy = None if 1 in skip_input_indices else (grad if y.shape.rank == 0 else -grad)",
)
