"""Graphs of tf.train.Saver: what is in a checkpoint, what restoring it gives, which are kept.

Each saves to a folder of its own, which is gone before the function that made it returns.
"""

import os
import tempfile

import numpy as np

from ..missing import api
from ..sessions import session_aside
from ..settable import settable, short_name
from ..strings import strings
from ..telling import telling


def own_layer(tf, x, dtype, channels):
    """Make the variables of a layer written by hand."""
    with tf.variable_scope("layer"):
        for name in ("gamma", "beta", "moving_mean", "moving_variance"):
            tf.get_variable(
                name,
                [channels],
                dtype,
                tf.zeros_initializer(),
                trainable=name in ("gamma", "beta"),
            )


def tf_layer(tf, x, dtype, channels):
    """Make the variables of tf.layers.batch_normalization."""
    api(tf, "layers.batch_normalization")(x, training=True, name="layer")


LAYERS = {"own": own_layer, "layers": tf_layer}


def layer(tf, layer, dtype, use_resource, channels, names=None):
    """A layer of batch normalisation, saved, changed and restored by the fetch ``round_trip``.

    After it ``listed``, ``shapes`` and ``dtypes`` say what was in the checkpoint, ``saved_NAME``
    gives a value. ``names`` saves variables under other names: a map from the name in the
    checkpoint to the last part of the variable's.
    """
    feeds, fetches = {}, {}
    with tf.variable_scope("", use_resource=use_resource):
        LAYERS[layer](tf, tf.placeholder(dtype, [None, channels]), dtype, channels)
    settable(tf, feeds, fetches)
    variables = {short_name(one): one for one in tf.global_variables()}
    chosen = None if names is None else {key: variables[name] for key, name in names.items()}
    saver = api(tf, "train.Saver")(chosen)
    spoil = tf.group(*[tf.assign(one, tf.zeros_like(one) - 7).op for one in variables.values()])

    def round_trip(session):
        with tempfile.TemporaryDirectory() as folder:
            path = saver.save(session, os.path.join(folder, "model"), global_step=3)
            reader = tf.train.NewCheckpointReader(path)
            listed = tf.train.list_variables(path)
            dtypes = reader.get_variable_to_dtype_map()
            values = {"saved_" + name: reader.get_tensor(name) for name, _ in listed}
            session.run(spoil)
            saver.restore(session, path)
        return dict(
            values,
            round_trip=strings([os.path.basename(path)]),
            dtypes=strings(dtypes[name].name for name, _ in listed),
            **as_arrays(listed),
        )

    saved = ["layer/" + short_name(one) for one in variables.values()] + list(names or ())
    told = ["listed", "shapes", "dtypes"] + ["saved_" + name for name in saved]
    fetches.update(telling("round_trip", round_trip, told))
    fetches["spoil"] = spoil
    return {"feeds": feeds, "fetches": fetches}


def as_arrays(listed):
    """The names and the shapes of what `tf.train.list_variables` listed."""
    return {
        "listed": strings(name for name, _ in listed),
        "shapes": np.array([shape for _, shape in listed]),
    }


def dtypes(tf, use_resource, variables):
    """Variables of many kinds, saved, changed and restored by the fetch ``round_trip``.

    ``variables`` maps their names to dtype and shape. ``listed`` is what was in the checkpoint.
    """
    feeds, fetches = {}, {}
    for name, (dtype, shape) in sorted(variables.items()):
        tf.Variable(tf.zeros(shape, dtype), name=name, use_resource=use_resource)
    settable(tf, feeds, fetches)
    saver = api(tf, "train.Saver")()
    spoil = tf.global_variables_initializer()

    def round_trip(session):
        with tempfile.TemporaryDirectory() as folder:
            path = saver.save(session, os.path.join(folder, "model"))
            session.run(spoil)
            saver.restore(session, path)
            return {"listed": strings(name for name, _ in tf.train.list_variables(path))}

    fetches.update(telling("round_trip", round_trip, ["listed"]))
    return {"feeds": feeds, "fetches": fetches}


def choices(tf):
    """What is in the checkpoints of Savers that are given, or find, other variables.

    The fetch ``save`` tells of each by its key; ``empty`` is whether one of nothing saves nothing.
    """
    tf.Variable(1.0, name="trained", use_resource=True)
    tf.Variable(1.0, name="fixed", use_resource=False, trainable=False)
    tf.Variable(
        1.0,
        name="local",
        use_resource=False,
        trainable=False,
        collections=[tf.GraphKeys.LOCAL_VARIABLES],
    )
    make = api(tf, "train.Saver")
    deferred = make(defer_build=True)
    savers = {
        "found": make(),
        "list": make(tf.trainable_variables()),
        "tuple": make(tuple(tf.local_variables())),
        "map": make({"other": tf.local_variables()[0]}),
        "deferred": deferred,
    }
    tf.Variable(1.0, name="late", use_resource=False)
    deferred.build()

    def save(session):
        told = {}
        with tempfile.TemporaryDirectory() as folder:
            for key, saver in savers.items():
                path = saver.save(session, os.path.join(folder, key))
                told[key] = strings(name for name, _ in tf.train.list_variables(path))
            with tf.Graph().as_default(), session_aside(tf) as other:
                path = make(allow_empty=True).save(other, os.path.join(folder, "empty"))
            left = [name for name in os.listdir(folder) if name.startswith("empty")]
        told["empty"] = np.array(path is None and left == ["empty.meta"])
        return told

    return {"fetches": telling("save", save, list(savers) + ["empty"])}


def reshaped(tf, use_resource, reshape, shape, shape_again):
    """``v``, whose value ``restore`` saves and restores into ``again``, which has another shape."""
    feeds, fetches = {}, {}
    v, again = (
        tf.Variable(tf.zeros(dims), name=name, use_resource=use_resource)
        for name, dims in (("v", shape), ("again", shape_again))
    )
    settable(tf, feeds, fetches)
    saver = api(tf, "train.Saver")({"v": v})
    restorer = api(tf, "train.Saver")({"v": again}, reshape=reshape)

    def restore(session):
        with tempfile.TemporaryDirectory() as folder:
            restorer.restore(session, saver.save(session, os.path.join(folder, "model")))

    fetches["restore"] = restore
    return {"feeds": feeds, "fetches": fetches}


def slices(tf, use_resource, shape, parts, parts_again, axis=0):
    """A variable ``p`` in so many parts with its average and its momentum, saved by ``save``.

    ``listed`` and ``shapes`` say what was in the checkpoint; ``p``, ``average`` and ``momentum``
    are what another graph restores, whose variables are in other parts.
    """
    feeds, fetches = {}, {}
    partitioner = tf.fixed_size_partitioner(parts, axis)
    with tf.variable_scope("", use_resource=use_resource, partitioner=partitioner):
        p = tf.get_variable("p", shape)
        # Slots and averages are cut as their variable is, and not once more.
        api(tf, "train.MomentumOptimizer")(0.5, 0.5).minimize(tf.reduce_sum(p.as_tensor()))
        api(tf, "train.ExponentialMovingAverage")(0.5).apply(list(p))
    settable(tf, feeds, fetches, lambda one: one.op.name)
    saver = api(tf, "train.Saver")()
    names = {
        "p": "p",
        "average": "p/ExponentialMovingAverage",
        "momentum": "p/Momentum",
    }

    def save(session):
        with tempfile.TemporaryDirectory() as folder:
            path = saver.save(session, os.path.join(folder, "model"))
            restored = restored_in_parts(tf, path, names, shape, parts_again)
            return dict(restored, **as_arrays(tf.train.list_variables(path)))

    fetches.update(telling("save", save, ["listed", "shapes"] + list(names)))
    return {
        "feeds": feeds,
        "fetches": fetches,
        "initializers": [tf.variables_initializer(list(p))],
    }


def restored_in_parts(tf, path, names, shape, parts):
    """What variables in so many parts get from a checkpoint, by the keys of ``names``."""
    with tf.Graph().as_default():
        partitioner = tf.fixed_size_partitioner(parts) if parts > 1 else None
        variables = {
            key: tf.get_variable(key, shape, partitioner=partitioner) for key in sorted(names)
        }
        saver = tf.train.Saver({names[key]: one for key, one in variables.items()})
        with session_aside(tf) as session:
            saver.restore(session, path)
            return session.run({key: tf.convert_to_tensor(one) for key, one in variables.items()})


def averages(tf, use_resource, given, channels):
    """An EMA of ``v``, and ``fixed`` without one; ``restore`` saves all and restores averages.

    ``given`` passes the averaged variables to ``variables_to_restore``, otherwise it takes all
    trainable and all averaged ones. ``listed`` says what was saved, ``restored`` what was read.
    """
    feeds, fetches = {}, {}
    variables = {
        name: tf.Variable(
            tf.zeros([channels]), name=name, use_resource=use_resource, trainable=name == "v"
        )
        for name in ("v", "fixed")
    }
    ema = api(tf, "train.ExponentialMovingAverage")(0.9)
    fetches["update"] = ema.apply([variables["v"]])
    settable(
        tf, feeds, fetches, lambda one: one.op.name.replace("/ExponentialMovingAverage", "_average")
    )
    to_restore = ema.variables_to_restore([variables["v"]] if given else None)
    saver = api(tf, "train.Saver")()
    restorer = api(tf, "train.Saver")(to_restore)

    def restore(session):
        with tempfile.TemporaryDirectory() as folder:
            path = saver.save(session, os.path.join(folder, "model"))
            session.run([tf_variable.initializer for tf_variable in variables.values()])
            restorer.restore(session, path)
            return {"listed": strings(name for name, _ in tf.train.list_variables(path))}

    fetches.update(telling("restore", restore, ["listed"]))
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {"restored": sorted(to_restore)},
        "initializers": [variables["v"].initializer],
    }


def refused(tf, call):
    """A Saver of what it does not take, or ``run``: a save or restore that fails."""
    v = tf.Variable([1.0, 2.0], name="v", use_resource=False)
    longer = tf.Variable([1.0, 2.0, 3.0], name="longer", use_resource=False)
    integers = tf.Variable([1, 2], name="integers", use_resource=False)
    saver = api(tf, "train.Saver")({"v": v})

    def after_saving(restorer):
        def run(session):
            with tempfile.TemporaryDirectory() as folder:
                restorer.restore(session, saver.save(session, os.path.join(folder, "model")))

        return run

    def of_nothing(session):
        with tempfile.TemporaryDirectory() as folder:
            saver.restore(session, os.path.join(folder, "model"))

    def saving(name, latest_filename=None):
        def run(session):
            with tempfile.TemporaryDirectory() as folder:
                saver.save(session, os.path.join(folder, name), latest_filename=latest_filename)

        return run

    def uninitialized(session):
        with session_aside(tf) as other:
            saving("model")(other)

    if call == "nothing to save":
        with tf.Graph().as_default():
            tf.train.Saver()
    if call == "one name twice":
        tf.train.Saver([v, v])
    if call == "one variable twice":
        tf.train.Saver({"v": v, "w": v})
    if call == "no variable":
        tf.train.Saver({"v": tf.identity(v)})
    runs = {
        "no checkpoint": lambda: lambda session: saver.restore(session, None),
        "a checkpoint that is not there": lambda: of_nothing,
        "another shape": lambda: after_saving(tf.train.Saver({"v": longer})),
        "another dtype": lambda: after_saving(tf.train.Saver({"v": integers})),
        "a name that was not saved": lambda: after_saving(tf.train.Saver({"longer": longer})),
        "a state in another folder": lambda: saving("model", "folder/state"),
        "a path that is the state's": lambda: saving("model", "model"),
        "variables without values": lambda: uninitialized,
    }
    return {"fetches": {"run": runs[call]()} if call in runs else {}}
