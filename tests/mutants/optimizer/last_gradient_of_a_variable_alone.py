"""Of two gradients of one variable the last is applied alone."""

from tf_litmus_worker import mutation

API = "tf.train.Optimizer"
SELECT = "test_gradients or test_optimizer or test_update_ops or test_towers"

mutation.in_source(
    "tensorflow.python.training.optimizer",
    "Optimizer.apply_gradients",
    "converted_grads_and_vars = tuple(converted_grads_and_vars)",
    "last = {id(v): (g, v, p) for g, v, p in converted_grads_and_vars}\n"
    "  converted_grads_and_vars = tuple(last.values())",
)
