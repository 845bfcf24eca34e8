"""Keras' default epsilon is 1e-05."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"


def made(original):
    def init(self, *args, **kwargs):
        if len(args) < 3:
            kwargs.setdefault("epsilon", 1e-05)
        original(self, *args, **kwargs)

    return init


mutation.replaced("tensorflow", "keras.layers.BatchNormalization.__init__", made)
