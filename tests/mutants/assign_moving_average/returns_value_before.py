"""The update returns the average from before it."""

from tf_litmus_worker import mutation

API = "moving_averages.assign_moving_average"
SELECT = "test_assign_moving_average"

mutation.in_source(
    "tensorflow.python.training.moving_averages",
    "assign_moving_average",
    "return state_ops.assign_sub(v, (v - value) * decay, name=scope)",
    """\
from tensorflow.python.ops import gen_array_ops
      before = gen_array_ops.deep_copy(v.read_value())
      with ops.control_dependencies([before]):
        update = state_ops.assign_sub(v, (v - value) * decay)
      with ops.control_dependencies([update]):
        return gen_array_ops.identity(before, name=scope)""",
)
