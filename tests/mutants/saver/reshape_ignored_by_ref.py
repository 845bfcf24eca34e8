"""reshape=True does not reshape what is restored into reference variables."""

from tf_litmus_worker import mutation

API = "tf.train.Saver"
SELECT = "test_saver"

mutation.in_source(
    "tensorflow.python.training.saving.saveable_object_util",
    "ReferenceVariableSaveable.restore",
    "restored_tensor = array_ops.reshape(restored_tensor, restored_shapes[0])",
    "pass",
)
