"""save ignores strip_default_attrs."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver or test_meta_graph"

mutation.in_source(
    "tensorflow.python.training.saver",
    "Saver.save",
    "strip_default_attrs=strip_default_attrs",
    "strip_default_attrs=False",
)
