"""Parts of a reference variable are variables of their own after an import."""

from tf_litmus_worker import mutation

API = "tf.train.import_meta_graph"
SELECT = "test_meta_graph"

mutation.in_source(
    "tensorflow.python.ops.ref_variable",
    "RefVariable._init_from_proto",
    'if variable_def.HasField("save_slice_info_def"):',
    "if False:",
)
