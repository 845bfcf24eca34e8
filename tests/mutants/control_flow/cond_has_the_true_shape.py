"""The result of a cond has the static shape of its first branch."""

from tf_litmus_worker import mutation

API = "tf.cond"
SELECT = "test_cond"

mutation.in_source(
    "tensorflow.python.ops.cond",
    "cond",
    "merges = nest.map_structure(",
    (
        "for merged, of_true in zip(merges, res_t_flat):\n"
        "      merged.set_shape(of_true.get_shape())\n"
        "    merges = nest.map_structure("
    ),
)
