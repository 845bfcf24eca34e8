"""A partitioner cuts the slots of parts once more."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    "tensorflow.python.training.slot_creator",
    "_create_slot_var",
    "variable_scope.get_variable_scope().set_partitioner(None)",
    "pass",
)
