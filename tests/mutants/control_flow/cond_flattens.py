"""A cond's dicts and tuples come back as a flat list."""

from tf_litmus_worker import mutation

API = "tf.cond"
SELECT = "test_cond"

mutation.in_source(
    "tensorflow.python.ops.cond",
    "cond",
    "structure=orig_res_t, flat_sequence=merges",
    "structure=nest.flatten(orig_res_t), flat_sequence=merges",
)
