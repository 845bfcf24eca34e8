"""Graphs of Keras' BatchNormalization: of ``tf.keras``, and of the standalone ``keras`` 2.2."""

import importlib
import inspect

import numpy as np

from ..missing import Missing, api, module
from ..settable import setting, short_name
from .batch_norm_layers import add_gradients, regularizer, uses_fused_kernel

# The last five are renorm's.
WEIGHTS = (
    "gamma",
    "beta",
    "moving_mean",
    "moving_variance",
    "moving_stddev",
    "renorm_mean",
    "renorm_stddev",
    "renorm_mean_weight",
    "renorm_stddev_weight",
)


def layer(
    tf,
    dtype,
    shape,
    training,
    behaviour,
    form="layer",
    masked=None,
    with_updates=False,
    with_assignments=False,
    policy=None,
    **options,
):
    """tf.keras.layers.BatchNormalization on ``x``.

    ``training`` is a bool, None, "fed" (a placeholder) or "learning_phase" (None, and Keras' own
    placeholder fed). ``behaviour`` is "v1" or "v2": the class that this API of TensorFlow gives.
    ``form`` is "layer", or "model": a functional model of it, called on ``x``. With ``masked``
    "argument" the call is given a mask to feed, too, of all axes but the last; with "layer", what a
    Masking layer makes of ``x``, which masks where all of the last axis is 0. With ``with_updates``
    there is a fetch of the layer's ``updates``; ``with_assignments``, of the assignments that the
    call itself has put into the graph. ``policy`` is the layer's own ``dtype``.
    """
    keras = _keras(tf, behaviour)
    feeds = {"x": tf.placeholder(dtype, shape, "x")}
    arguments = _flag(tf, training, keras.backend, feeds)
    for name in sorted({"fused", "renorm"}.intersection(options)):
        _need(keras.layers.BatchNormalization, **{name: options[name]})
    if policy is not None:
        options["dtype"] = policy
    made = keras.layers.BatchNormalization(name="bn", **options)
    if masked:
        if "mask" not in inspect.signature(made.call).parameters:
            raise Missing("tf.keras.layers.BatchNormalization: its call takes no mask")
    x = feeds["x"]
    if masked == "argument":
        feeds["mask"] = arguments["mask"] = tf.placeholder(tf.bool, shape[:-1], "mask")
    elif masked == "layer":
        x = keras.layers.Masking(0.0)(x)
    called = made
    if form == "model":
        inputs = keras.Input(shape[1:])
        called = keras.Model(inputs, made(inputs))
    y = called(x, **arguments)
    fetches = {"y": y}
    if masked == "argument":
        fetches["mask_of_y"] = tf.identity(made.compute_mask(x, feeds["mask"]))
    if with_updates:
        fetches["updates"] = tf.group(*_attribute(made, "updates"))
    if with_assignments:
        fetches["assignments"] = tf.group(*_assignments(tf))
    _add_variables(tf, feeds, fetches)
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {
            "weights": [one.name for one in made.weights],
            "variables": [one.op.name for one in tf.global_variables()],
            "trainable_weights": len(made.trainable_weights),
            "update_ops": len(tf.get_collection(tf.GraphKeys.UPDATE_OPS)),
            "uses_fused_kernel": uses_fused_kernel(tf),
        },
    }


def gradients(tf, dtype, shape, training, behaviour, **options):
    """Gradients of the layer's output to ``x``, gamma and beta."""
    made = layer(tf, dtype, shape, training, behaviour, **options)
    trained = [one for one in tf.global_variables() if short_name(one) in ("gamma", "beta")]
    add_gradients(tf, made, trained)
    return made


def updates(tf, shape, training, behaviour, **options):
    """The updates that one layer knows of, after it is called on ``x`` and on another input.

    And those of a model of another such layer.
    """
    keras = _keras(tf, behaviour)
    made = keras.layers.BatchNormalization(name="bn", **options)
    x, other = (tf.placeholder(tf.float32, shape, name) for name in ("x", "other"))
    made(x, training=training)
    once = len(_attribute(made, "updates"))
    made(other, training=training)
    inputs = keras.Input(shape[1:])
    in_model = keras.layers.BatchNormalization(name="in_model", **options)
    model = keras.Model(inputs, in_model(inputs, training=training))
    return {
        "facts": {
            "updates": once,
            "updates_of_model": len(model.updates),
            "updates_of_two_calls": len(made.updates),
            "for_x": len(made.get_updates_for(x)),
            "for_other": len(made.get_updates_for(other)),
            "for_none": len(made.get_updates_for(None)),
            "update_ops": len(tf.get_collection(tf.GraphKeys.UPDATE_OPS)),
        }
    }


def regularized(tf, shape, behaviour, factors):
    """The losses of a layer whose weights, by ``factors``, have regularizers; it has a constraint.

    A regularizer is factor * sum(weight**2); gamma must not be negative.
    """
    feeds = {"x": tf.placeholder(tf.float32, shape, "x")}
    options = {name + "_regularizer": regularizer(tf, one) for name, one in factors.items()}
    made = _keras(tf, behaviour).layers.BatchNormalization(
        name="bn", gamma_constraint=tf.nn.relu, **options
    )
    made(feeds["x"], training=False)
    fetches = {"loss%d" % index: loss for index, loss in enumerate(made.losses)}
    _add_variables(tf, feeds, fetches)
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {
            "losses": len(made.losses),
            "collected": len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)),
            "constrained": [bool(one.constraint) for one in made.trainable_weights],
        },
    }


def config(tf, behaviour, names, **options):
    """What a layer made of the config of another has for each of ``names``."""
    kind = _keras(tf, behaviour).layers.BatchNormalization
    made = kind.from_config(kind(**options).get_config())
    told = {name: getattr(made, name) for name in names}
    return {
        "facts": {name: type(one).__name__ if callable(one) else one for name, one in told.items()}
    }


def weights(tf, behaviour, values):
    """What get_weights gives in a session, before and after set_weights of ``values``."""
    made = _keras(tf, behaviour).layers.BatchNormalization(name="bn")
    made(tf.placeholder(tf.float32, [None, 3], "x"))
    return {"facts": _weights_set(tf, made, values)}


def refused_fused(tf, shape, behaviour, **options):
    """A layer with fused=True that this call does not make."""
    kind = _keras(tf, behaviour).layers.BatchNormalization
    _need(kind, fused=None)
    kind(fused=True, **options)(tf.placeholder(tf.float32, shape, "x"), training=True)
    return {}


def standalone(tf, dtype, shape, training, form="layer", **options):
    """keras.layers.BatchNormalization of keras 2.2; as ``layer``, and always with ``updates``."""
    keras = _standalone_keras()
    feeds = {"x": tf.placeholder(dtype, shape, "x")}
    flag = _flag(tf, training, keras.backend, feeds)
    made = keras.layers.BatchNormalization(name="bn", **options)
    called = made
    if form == "model":
        inputs = keras.layers.Input(shape[1:])
        called = keras.models.Model(inputs, made(inputs))
    y = called(feeds["x"], **flag)
    fetches = {"y": y}
    if form == "layer":
        fetches["updates"] = tf.group(*made.updates)
    _add_variables(tf, feeds, fetches)
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {
            "keras": keras.__version__,
            "weights": [one.name for one in made.weights],
            "variables": sorted(one.op.name for one in tf.global_variables()),
            "trainable_weights": len(made.trainable_weights),
            "updates": len(made.updates),
            "update_ops": len(tf.get_collection(tf.GraphKeys.UPDATE_OPS)),
            "uses_fused_kernel": uses_fused_kernel(tf),
        },
    }


def standalone_weights(tf, values):
    """What get_weights gives in a session, before and after set_weights of ``values``."""
    keras = _standalone_keras()
    made = keras.layers.BatchNormalization(name="bn")
    made(tf.placeholder(tf.float32, [None, 3], "x"))
    return {"facts": _weights_set(tf, made, values, keras.backend)}


def _keras(tf, behaviour):
    """The Keras whose BatchNormalization is that of TensorFlow's API 1 or 2."""
    if behaviour == "v1":
        api(tf, "keras.layers.BatchNormalization")
        return tf.keras
    return api(importlib.import_module("tensorflow"), "compat.v2.keras")


def _standalone_keras():
    """The ``keras`` package, if it is one that is its own and not TensorFlow's."""
    keras = module("keras")
    if not keras.__version__.startswith("2.2."):
        raise Missing(
            "keras.layers.BatchNormalization: keras %s is TensorFlow's, or Keras 3"
            % keras.__version__
        )
    return keras


def _flag(tf, training, backend, feeds):
    """The argument ``training`` of the call; the placeholder it is goes to the feeds."""
    if training == "fed":
        feeds["training"] = tf.placeholder(tf.bool, [], "training")
        return {"training": feeds["training"]}
    if training == "learning_phase":
        phase = api(backend, "learning_phase")()
        if not isinstance(phase, tf.Tensor):
            raise Missing("keras.backend.learning_phase: %r is no placeholder" % (phase,))
        feeds["training"] = phase
        return {}
    return {} if training is None else {"training": training}


def _need(kind, **option):
    """Raise Missing where the layer has no such option."""
    try:
        kind(**option)
    except (TypeError, ValueError) as error:
        raise Missing("tf.keras.layers.BatchNormalization has no %s: %s" % (*option, error))


def _attribute(made, name):
    try:
        return getattr(made, name)
    except AttributeError as error:
        raise Missing("tf.keras.layers.BatchNormalization.%s: %s" % (name, error))


def _assignments(tf):
    """What the graph assigns to variables, beside their initial values."""
    initializers = {one.initializer for one in tf.global_variables()}
    found = [
        one
        for one in tf.get_default_graph().get_operations()
        if one.type == "AssignVariableOp" and one not in initializers
    ]
    if not found:
        raise Missing("tf.keras.layers.BatchNormalization: its call assigns nothing")
    return found


def _add_variables(tf, feeds, fetches):
    """Fetches of all variables, an average's slots by its name too; and ``set`` of the layer's."""
    own = [one for one in tf.global_variables() if short_name(one) in WEIGHTS]
    for variable in tf.global_variables():
        name = short_name(variable)
        if name not in WEIGHTS:
            name = "%s_%s" % (variable.op.name.split("/")[-2], name)
        fetches[name] = variable
    fetches["set"] = setting(tf, own, feeds)


def _weights_set(tf, made, values, backend=None):
    with tf.Session() as session:
        if backend is not None:  # the standalone keras takes no session that it is not given
            backend.set_session(session)
        session.run(tf.global_variables_initializer())
        # What has a value is not initialised once more.
        session.run(tf.assign(tf.global_variables()[0], [5.0, 6.0, 7.0]))
        before = [one.tolist() for one in made.get_weights()]
        made.set_weights([np.asarray(one, np.float32) for one in values])
        after = [one.tolist() for one in made.get_weights()]
        return {
            "before": before,
            "after": after,
            "in_session": [one.tolist() for one in session.run(tf.global_variables())],
        }
