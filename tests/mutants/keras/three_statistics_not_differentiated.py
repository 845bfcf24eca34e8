"""No gradient goes through the statistics of the batch, in Keras 3."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"

mutation.in_source(
    "tensorflow",
    "keras.layers.BatchNormalization.call",
    "mean, variance = self._moments(inputs, mask)",
    "mean, variance = [ops.stop_gradient(one) for one in self._moments(inputs, mask)]",
)
