"""A step of zero is left out of the name."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    "tensorflow.python.training.saver",
    "Saver.save",
    "if global_step is not None:",
    (
        "if global_step is not None and not (\n"
        "      isinstance(global_step, compat.integral_types) and not global_step):"
    ),
)
