"""add_n forgets the last of several."""

from tf_litmus_worker import mutation

API = "tf.add_n"
SELECT = "test_clip_by_global_norm"

mutation.in_source(
    "tensorflow.python.ops.math_ops",
    "add_n",
    "gen_math_ops.add_n(inputs,",
    "gen_math_ops.add_n(inputs[:-1],",
)
