"""tf.get_collection gives the collection itself, and no copy."""

from tf_litmus_worker import mutation

API = "tf.get_collection"
SELECT = "test_collections and not test_meta_graph"

mutation.in_source(
    "tensorflow.python.framework.ops",
    "Graph.get_collection",
    "return list(collection)",
    "return collection",
)
