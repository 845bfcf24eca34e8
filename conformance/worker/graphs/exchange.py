"""Graphs that one release writes to files, and another restores or imports.

The files come out as arrays of bytes. They go in as base64, among the arguments of the graph: so
they reach a worker on another machine, and a script that shows a fault has them in it. On the disk
they are in a folder of their own, which is gone before the function that made it returns.
"""

import base64
import os
import tempfile

import numpy as np

from ..missing import api, module
from ..sessions import session_aside
from ..telling import telling

CHECKPOINT = "model"
FILES = ("model.index", "model.data-00000-of-00001", "model.meta")
CHANNELS = 3
MOMENTUM, EPSILON = 0.9, 0.001
DECAY = 0.999
RATE = 0.125
CONSTANTS = {"momentum": MOMENTUM, "epsilon": EPSILON, "decay": DECAY, "rate": RATE}
# What a checkpoint carries of each dtype.
VALUES = {
    "bfloat16": [4, 6],
    "bool": [4],
    "complex64": [2],
    "float16": [4, 6],
    "float32": [4, 6],
    "float64": [4, 6],
    "int32": [3],
    "int64": [3],
    "string": [3],
    "uint8": [3],
}


def hand_built(tf):
    """Batch normalisation of an (N, C), whose updates are put into UPDATE_OPS by hand."""
    moving_averages = module("tensorflow.python.training.moving_averages")
    x = tf.placeholder(tf.float32, [None, CHANNELS], "x")
    variables = {}
    with tf.variable_scope("layer"):
        for name in ("gamma", "beta", "moving_mean", "moving_variance"):
            ones = name in ("gamma", "moving_variance")
            variables[name] = tf.get_variable(
                name,
                [CHANNELS],
                initializer=tf.ones_initializer() if ones else tf.zeros_initializer(),
                trainable=name in ("gamma", "beta"),
            )
        mean, variance = api(tf, "nn.moments")(x, [0])
        for name, value in (("moving_mean", mean), ("moving_variance", variance)):
            update = moving_averages.assign_moving_average(
                variables[name], value, MOMENTUM, zero_debias=False
            )
            tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update)
        y = api(tf, "nn.batch_normalization")(
            x, mean, variance, variables["beta"], variables["gamma"], EPSILON
        )
    return trained(tf, y)


def dense(tf):
    """tf.layers.batch_normalization of an (N, C)."""
    return layer(tf, [None, CHANNELS])


def image(tf):
    """tf.layers.batch_normalization of an (N, H, W, C), with the fused kernel."""
    return layer(tf, [None, None, None, CHANNELS])


def layer(tf, shape):
    x = tf.placeholder(tf.float32, shape, "x")
    y = api(tf, "layers.batch_normalization")(
        x, training=True, momentum=MOMENTUM, epsilon=EPSILON, name="layer"
    )
    return trained(tf, y)


def trained(tf, y):
    """Descend on sum(y * target), the UPDATE_OPS first; return the names of feeds and fetches."""
    y = tf.identity(y, name="y")
    target = tf.placeholder(tf.float32, y.shape, "target")
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        tf.train.GradientDescentOptimizer(RATE).minimize(tf.reduce_sum(y * target), name="train")
    return {"x": "x:0", "target": "target:0"}, {"y": "y:0", "train": "train"}


def weights(tf):
    """The two trained variables of `averages`, and the step that counts."""
    w = tf.get_variable("w", [CHANNELS], initializer=tf.ones_initializer())
    b = tf.get_variable("b", [], initializer=tf.zeros_initializer())
    return w, b, api(tf, "train.get_or_create_global_step")()


def averages(tf):
    """Descend on sum((x * w + b) * target); shadows of w and b, whose decay the step caps."""
    feeds = {name: tf.placeholder(tf.float32, [None, CHANNELS], name) for name in ("x", "target")}
    w, b, step = weights(tf)
    loss = tf.reduce_sum((feeds["x"] * w + b) * feeds["target"])
    tf.train.GradientDescentOptimizer(RATE).minimize(loss, global_step=step, name="train")
    update = api(tf, "train.ExponentialMovingAverage")(DECAY, step).apply([w, b])
    return (
        {name: feed.name for name, feed in feeds.items()},
        {"train": "train", "update": update.name},
    )


def values(tf):
    """A variable of every dtype, a scalar and an empty one, all set from feeds."""
    shapes = dict(VALUES, scalar=[], empty=[0, 2])
    feeds, setters = {}, []
    for name in sorted(shapes):
        dtype = tf.as_dtype(name) if name in VALUES else tf.float32
        one = tf.get_variable(name, shapes[name], dtype, tf.zeros_initializer(), trainable=False)
        feed = tf.placeholder(dtype, shapes[name], "set_" + name)
        feeds["set_" + name] = feed.name
        setters.append(tf.assign(one, feed).op)
    return feeds, {"set": tf.group(*setters, name="set").name}


GRAPHS = {
    "hand_built": hand_built,
    "dense": dense,
    "image": image,
    "averages": averages,
    "values": values,
}


def named(tf, feeds, fetches, initialize=False, scope="", **functions):
    """What a builder returns of the default graph, its feeds and fetches given by their names.

    Names begin with ``scope``, but for those that feeds and fetches get here.

    Every variable is fetched by its name, ``updates`` runs the UPDATE_OPS. The facts are what a
    reader must find again: variables, with dtypes and shapes, and collections, in their order.
    A reader initialises nothing: what a checkpoint does not give a variable, it does not have.
    """
    graph = tf.get_default_graph()
    variables = tf.global_variables()
    facts = {
        "variables": [
            [one.op.name, one.dtype.base_dtype.name, one.shape.as_list()] for one in variables
        ],
        "collections": {
            key: [one.name for one in tf.get_collection(key)]
            for key in sorted(graph.get_all_collection_keys())
        },
        "feeds": feeds,
        "fetches": fetches,
    }
    found = {name: graph.as_graph_element(scope + fetch) for name, fetch in fetches.items()}
    found.update({one.op.name[len(scope) :]: one for one in variables})
    found["updates"] = tf.group(*tf.get_collection(tf.GraphKeys.UPDATE_OPS))
    found.update(functions)
    return {
        "feeds": {name: graph.as_graph_element(scope + feed) for name, feed in feeds.items()},
        "fetches": found,
        "facts": facts,
        # Shadows start at what they average.
        "initializers": [tf.variables_initializer(tf.trainable_variables())] if initialize else [],
        "initialize": initialize,
    }


def saving(session, saver):
    """The files of a checkpoint and of the default graph's MetaGraph, as arrays of bytes.

    Attributes that have their defaults are left out, as `Saver.save` advises for readers that are
    older than the writer.
    """
    files = {}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, CHECKPOINT)
        saver.save(session, path, write_state=False, strip_default_attrs=True)
        for name in FILES:
            with open(os.path.join(folder, name), "rb") as stream:
                files[name] = np.frombuffer(stream.read(), np.uint8)
    return files


def written(tf, graph, use_resource):
    """A graph and its Saver; ``write`` saves both, and then files are fetched by their names."""
    with tf.variable_scope("", use_resource=use_resource):
        feeds, fetches = GRAPHS[graph](tf)
    saver = api(tf, "train.Saver")()
    writing = telling("write", lambda session: saving(session, saver), FILES)
    made = named(tf, feeds, fetches, initialize=True, **writing)
    made["facts"].update(CONSTANTS)
    return made


def imported_again(tf, graph, use_resource, import_scope=None):
    """A graph initialised and written, then imported by the same release, or under a scope of it.

    The fact ``written`` has the facts of the graph that was written, and ``saved``: its values.
    """
    with tf.Graph().as_default():
        made = written(tf, graph, use_resource)
        saver = tf.train.Saver()
        with session_aside(tf) as session:
            session.run(made["initializers"])
            session.run(tf.global_variables_initializer())
            variables = {one.op.name: one for one in tf.global_variables()}
            saved = session.run(variables)
            files = saving(session, saver)
    facts = dict(made["facts"], saved={name: value.tolist() for name, value in saved.items()})
    encoded = {name: base64.b64encode(content.tobytes()) for name, content in files.items()}
    again = imported(tf, encoded, facts["feeds"], facts["fetches"], import_scope)
    again["facts"]["written"] = facts
    return again


def restored(tf, graph, use_resource, files):
    """The graph built by this release's own code; ``restore`` restores the files' checkpoint."""
    with tf.variable_scope("", use_resource=use_resource):
        feeds, fetches = GRAPHS[graph](tf)
    restore = restoring(api(tf, "train.Saver")(), files)
    return named(tf, feeds, fetches, restore=restore)


def evaluated(tf, use_resource, files):
    """The variables of `averages` in a program that only evaluates: they get their averages."""
    with tf.variable_scope("", use_resource=use_resource):
        weights(tf)
    names = api(tf, "train.ExponentialMovingAverage")(DECAY).variables_to_restore()
    made = named(tf, {}, {}, restore=restoring(api(tf, "train.Saver")(names), files))
    made["facts"]["restored"] = sorted([name, one.op.name] for name, one in names.items())
    return made


def imported(tf, files, feeds, fetches, import_scope=None):
    """The files' MetaGraph imported; ``restore`` restores their checkpoint into it."""
    importing = api(tf, "train.import_meta_graph")
    with tempfile.TemporaryDirectory() as folder:
        saver = importing(unpacked(files, folder) + ".meta", import_scope=import_scope)
    scope = import_scope + "/" if import_scope else ""
    return named(tf, feeds, fetches, scope=scope, restore=restoring(saver, files))


def unpacked(files, folder):
    """Write ``files`` into a folder; return the path of their checkpoint."""
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as stream:
            stream.write(base64.b64decode(content))
    return os.path.join(folder, CHECKPOINT)


def restoring(saver, files):
    """A fetch that restores the checkpoint of ``files``."""

    def restore(session):
        with tempfile.TemporaryDirectory() as folder:
            saver.restore(session, unpacked(files, folder))

    return restore
