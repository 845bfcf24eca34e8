"""The second axis of four is taken for the channels, if it has their number."""

from tf_litmus_worker import mutation

API = "tf.nn.batch_normalization"
SELECT = "test_batch_normalization and not test_layers and not test_keras"

mutation.in_source(
    "tensorflow.python.ops.nn_impl",
    "batch_normalization",
    "    inv = math_ops.rsqrt(variance + variance_epsilon)",
    """    x = ops.convert_to_tensor(x)
    mean = ops.convert_to_tensor(mean)
    variance = ops.convert_to_tensor(variance)
    if (x.shape.rank == 4 and mean.shape.rank == 1 and mean.shape[0] is not None
        and mean.shape[0] > 1 and x.shape[1] == mean.shape[0]):
      mean, variance, offset, scale = [
          None if t is None else array_ops.reshape(t, [-1, 1, 1])
          for t in (mean, variance, offset, scale)]
    inv = math_ops.rsqrt(variance + variance_epsilon)""",
)
