"""Graphs of published examples that no other builder makes."""

import sys

from ..missing import Missing, api, module

EPSILON = 0.001


def by_moments(tf, x, mean, variance):
    """tf.nn.batch_normalization by the batch's moments."""
    return api(tf, "nn.batch_normalization")(x, mean, variance, None, None, EPSILON)


def by_global_normalization(tf, x, mean, variance):
    """tf.nn.batch_norm_with_global_normalization by the batch's moments."""
    function = api(tf, "nn.batch_norm_with_global_normalization")
    zeros, ones = tf.zeros_like(mean), tf.ones_like(mean)
    return function(x, mean, variance, zeros, ones, EPSILON, scale_after_normalization=False)


def by_fused(tf, x, mean, variance):
    """tf.nn.fused_batch_norm in training."""
    zeros, ones = tf.zeros_like(mean), tf.ones_like(mean)
    return api(tf, "nn.fused_batch_norm")(x, ones, zeros, epsilon=EPSILON, is_training=True)[0]


def by_layer(tf, x, mean, variance):
    """tf.layers.batch_normalization in training."""
    return api(tf, "layers.batch_normalization")(x, epsilon=EPSILON, training=True)


def by_layer_object(tf, x, mean, variance):
    """tf.layers.BatchNormalization in training."""
    return api(tf, "layers.BatchNormalization")(epsilon=EPSILON)(x, training=True)


def by_keras(tf, x, mean, variance):
    """tf.keras.layers.BatchNormalization in training."""
    return api(tf, "keras.layers.BatchNormalization")(epsilon=EPSILON)(x, training=True)


def by_standalone_keras(tf, x, mean, variance):
    """keras.layers.BatchNormalization in training, by the phase of learning it is told."""
    keras = module("keras")
    if not tf.__version__.startswith("1."):
        raise Missing("keras %s is the Keras of this TensorFlow" % keras.__version__)
    return keras.layers.BatchNormalization(epsilon=EPSILON)(x, training=True)


def by_slim_of(library):
    """``library``.batch_norm in training; Missing where what it uses of TensorFlow is gone."""

    def normalize(tf, x, mean, variance):
        function = module(library).batch_norm
        try:
            return function(x, epsilon=EPSILON, is_training=True)
        except (ImportError, AttributeError) as error:
            raise Missing("%s.batch_norm: %s" % (library, error))

    return normalize


WAYS = {
    "tf.nn.batch_normalization": by_moments,
    "tf.nn.batch_norm_with_global_normalization": by_global_normalization,
    "tf.nn.fused_batch_norm": by_fused,
    "tf.layers.batch_normalization": by_layer,
    "tf.layers.BatchNormalization": by_layer_object,
    "tf.keras.layers.BatchNormalization": by_keras,
    "keras.layers.BatchNormalization": by_standalone_keras,
    "tf.contrib.layers.batch_norm": by_slim_of("tensorflow.contrib.layers"),
    "tf_slim.batch_norm": by_slim_of("tf_slim"),
}


def normalized(tf, way):
    """``x`` of three channels normalised by its batch, in one of several ways."""
    x = tf.placeholder(tf.float32, [None, None, None, 3], "x")
    mean, variance = api(tf, "nn.moments")(x, [0, 1, 2])
    return {"feeds": {"x": x}, "fetches": {"y": WAYS[way](tf, x, mean, variance)}}


def gradients_of_outputs(tf):
    """Gradients of w[0] * x and w[1] * x**2 to w: by tf.gradients, and by compute_gradients."""
    x = tf.placeholder(tf.float32, [None], "x")
    w = tf.placeholder(tf.float32, [2], "w_initial")
    variables = [tf.Variable(w[index], name="w%d" % index) for index in range(2)]
    ys = [variables[0] * x, variables[1] * tf.square(x)]
    gradients = api(tf, "gradients")(ys, variables)
    optimizer = api(tf, "train.GradientDescentOptimizer")(0.1)
    pairs = optimizer.compute_gradients(tf.add_n(ys))
    return {
        "feeds": {"x": x},
        "initial_feeds": {"w": w},
        "fetches": {
            "gradients": tf.stack(gradients),
            "computed": tf.stack([gradient for gradient, _ in pairs]),
        },
        "facts": {"variables": [variable.op.name for _, variable in pairs]},
    }


def average_of_gradients(tf, count):
    """The gradients of ``count`` towers, fed, averaged as programs do."""
    feeds = {"tower%d" % index: tf.placeholder(tf.float32, [None]) for index in range(count)}
    expanded = [tf.expand_dims(feeds["tower%d" % index], 0) for index in range(count)]
    return {"feeds": feeds, "fetches": {"average": tf.reduce_mean(tf.concat(expanded, 0), 0)}}


def versions(tf):
    """The releases of TensorFlow 1, standalone Keras and Python that go together."""
    release = tf.__version__.rsplit(".", 1)[0]
    if not release.startswith("1."):
        raise Missing("TensorFlow %s has a Keras of its own" % tf.__version__)
    return {
        "facts": {
            "tensorflow": release,
            "keras": module("keras").__version__,
            "python": "%d.%d" % sys.version_info[:2],
        }
    }
