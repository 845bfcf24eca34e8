"""Of slices with the same index the largest is applied, not the sum."""

from tf_litmus_worker import mutation

API = "tf.train.Optimizer"
SELECT = "test_gradients or test_optimizer or test_update_ops or test_towers"

mutation.in_source(
    "tensorflow.python.training.optimizer",
    "_deduplicate_indexed_slices",
    "unsorted_segment_sum",
    "unsorted_segment_max",
)
