"""return_elements gives an operation's first output for each of its tensors."""

from tf_litmus_worker import mutation

API = "tf.import_graph_def"
SELECT = "test_meta_graph"

mutation.in_source(
    "tensorflow.python.framework.importer",
    "_PopulateTFImportGraphDefOptions",
    "AddReturnOutput(options, op_name, index)",
    "AddReturnOutput(options, op_name, 0)",
)
