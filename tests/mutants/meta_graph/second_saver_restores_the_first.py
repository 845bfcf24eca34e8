"""The Saver of a second import into one scope restores the first one's variables."""

from tf_litmus_worker import mutation

API = "tf.train.import_meta_graph"
SELECT = "test_meta_graph"

mutation.in_source(
    "tensorflow.python.training.saver",
    "_create_saver_from_imported_meta_graph",
    "scope = sample_var.name[:-len(sample_key)]",
    "scope = import_scope or sample_var.name[:-len(sample_key)]",
)
