"""No gradient goes through a cast from float16 to another type."""

from tf_litmus_worker import mutation

API = "tf.gradients"
SELECT = "test_gradients"

mutation.in_source(
    "tensorflow.python.ops.math_grad",
    "_CastGrad",
    "if src_type in t and dst_type in t:",
    "if src_type in t[1:] and dst_type in t:",
)
