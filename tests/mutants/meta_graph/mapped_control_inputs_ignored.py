"""Control inputs in an input_map are ignored."""

from tf_litmus_worker import mutation

API = "tf.import_graph_def"
SELECT = "test_meta_graph"

mutation.in_source(
    "tensorflow.python.framework.importer",
    "_PopulateTFImportGraphDefOptions",
    ("c_api.TF_ImportGraphDefOptionsRemapControlDependency(\n          options, src_name, dst_op)"),
    "del src_name, dst_op",
)
