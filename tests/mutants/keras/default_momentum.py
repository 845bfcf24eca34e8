"""Keras' default momentum is 0.9."""

from tf_litmus_worker import mutation

API = "tf.keras.layers.BatchNormalization"
SELECT = "test_keras"


def made(original):
    def init(self, *args, **kwargs):
        if len(args) < 2:
            kwargs.setdefault("momentum", 0.9)
        original(self, *args, **kwargs)

    return init


mutation.replaced("tensorflow", "keras.layers.BatchNormalization.__init__", made)
