"""Channels are taken to be last whatever the data_format."""

from tf_litmus_worker import mutation

API = "tf.nn.fused_batch_norm"
SELECT = "test_fused_batch_norm"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "fused_batch_norm",
    "data_format=data_format",
    'data_format={"NCHW": "NHWC", "NCDHW": "NDHWC"}.get(data_format, data_format)',
)
