"""l2_loss is the sum of squares."""

from tf_litmus_worker import mutation

API = "tf.nn.l2_loss"
SELECT = "test_clip_by_global_norm"

mutation.in_source(
    "tensorflow.python.ops.gen_nn_ops",
    "l2_loss",
    "_result, = _result",
    "_result = 2 * _result[0]",
)
