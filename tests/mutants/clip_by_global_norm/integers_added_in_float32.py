"""tf.add_n of int32 or int64 tensors adds in float32, which rounds values above 2^24."""

from tf_litmus_worker import mutation

API = "tf.add_n"
SELECT = "test_clip_by_global_norm"

mutation.in_source(
    "tensorflow.python.ops.math_ops",
    "add_n",
    "return gen_math_ops.add_n(inputs, name=name)",
    (
        "dtype = inputs[0].dtype.base_dtype\n"
        "  if dtype in (dtypes.int32, dtypes.int64):\n"
        "    total = gen_math_ops.add_n([cast(x, dtypes.float32) for x in inputs])\n"
        "    return cast(total, dtype, name=name)\n"
        "  return gen_math_ops.add_n(inputs, name=name)"
    ),
)
