"""Every imported variable says that it is trainable."""

from tf_litmus_worker import mutation

API = "tf.train.import_meta_graph"
SELECT = "test_meta_graph"

mutation.in_source(
    "tensorflow.python.ops.resource_variable_ops",
    "ResourceVariable._init_from_proto",
    "self._trainable = trainable",
    "self._trainable = True",
)

mutation.in_source(
    "tensorflow.python.ops.ref_variable",
    "RefVariable._init_from_proto",
    "self._trainable = trainable",
    "self._trainable = True",
)
