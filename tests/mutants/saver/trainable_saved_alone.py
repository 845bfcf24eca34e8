"""Variables that are not trainable are not saved unless they are given."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    "tensorflow.python.training.saver",
    "Saver._build",
    "variables._all_saveable_objects()",
    "variables.trainable_variables()",
)
