"""MetaGraphs imported by the release that exported them, and what is built on them then."""

import os
import tempfile

import numpy as np

from ..missing import api
from ..settable import settable
from ..strings import strings
from ..telling import telling

DEVICES = {"on a CPU": "/cpu:0", "on a job": "/job:worker/task:1", "anywhere": None}


def branches(tf, import_scope=None):
    """A tf.cond within another, exported and imported; its gradients are taken of the import.

    ``y`` is a * b where ``outer`` and ``inner`` hold, a where ``outer`` alone does, else b.
    An input that the branch does without has a gradient of 0.
    """
    with tf.Graph().as_default():
        a, b = (tf.placeholder(tf.float32, [None], name) for name in ("a", "b"))
        outer, inner = (tf.placeholder(tf.bool, [], name) for name in ("outer", "inner"))
        cond = api(tf, "cond")
        y = cond(
            outer,
            lambda: cond(inner, lambda: a * b, lambda: tf.identity(a)),
            lambda: tf.identity(b),
        )
        tf.identity(y, name="y")
        exported = api(tf, "train.export_meta_graph")()
    api(tf, "train.import_meta_graph")(exported, import_scope=import_scope)
    graph = tf.get_default_graph()
    scope = import_scope + "/" if import_scope else ""

    def found(name):
        return graph.as_graph_element(scope + name + ":0")

    gradients = tf.gradients(found("y"), [found("a"), found("b")])
    return {
        "feeds": {name: found(name) for name in ("a", "b", "outer", "inner")},
        "fetches": {"y": found("y"), "by a": gradients[0], "by b": gradients[1]},
    }


def devices(tf, exporting, importing):
    """The devices of operations that were exported and imported; either may clear them."""
    with tf.Graph().as_default():
        for name, device in DEVICES.items():
            with tf.device(device):
                tf.no_op(name=name.replace(" ", "_"))
        exported = api(tf, "train.export_meta_graph")(clear_devices=exporting)
    api(tf, "train.import_meta_graph")(exported, clear_devices=importing)
    graph = tf.get_default_graph()
    return {
        "facts": {
            "devices": {
                name: graph.get_operation_by_name(name.replace(" ", "_")).device for name in DEVICES
            }
        }
    }


def collections(tf, made, import_scope=None):
    """Collections of Python's values, by name, that were exported and imported."""
    with tf.Graph().as_default():
        for name, values in made.items():
            for value in values:
                tf.add_to_collection(name, value)
        exported = api(tf, "train.export_meta_graph")()
    api(tf, "train.import_meta_graph")(exported, import_scope=import_scope)

    def plain(value):
        return value.decode("utf-8") if isinstance(value, bytes) else value

    return {
        "facts": {
            "collections": {name: [plain(one) for one in tf.get_collection(name)] for name in made}
        }
    }


def nodes(tf, import_scope=None):
    """Collections of what a graph is made of, exported and imported: for each, kinds and names.

    The fetch ``merged`` are the summaries that were imported.
    """
    with tf.Graph().as_default():
        halves = tf.split(tf.ones([4]), 2, name="halves")
        run = tf.no_op(name="run")
        v, local = (
            tf.Variable(1.0, name=name, use_resource=False, trainable=False, collections=[])
            for name in ("v", "local")
        )
        made = {
            "tensors": [halves[1], halves[0]],
            "operations": [run, halves[0].op],
            "both": [halves[1], run],
            "mine": [v],
            tf.GraphKeys.UPDATE_OPS: [run],
            tf.GraphKeys.LOCAL_VARIABLES: [local],
            tf.GraphKeys.MODEL_VARIABLES: [v],
            tf.GraphKeys.MOVING_AVERAGE_VARIABLES: [v],
        }
        for name, values in made.items():
            for value in values:
                tf.add_to_collection(name, value)
        api(tf, "summary.scalar")("loss", 0.5)
        exported = api(tf, "train.export_meta_graph")()
    api(tf, "train.import_meta_graph")(exported, import_scope=import_scope)

    def kind(one):
        kinds = (("variable", tf.Variable), ("operation", tf.Operation), ("tensor", tf.Tensor))
        return next(name for name, of in kinds if isinstance(one, of))

    return {
        "fetches": {"merged": tf.summary.merge_all()},
        "facts": {
            "collections": {
                name: [[kind(one), one.name] for one in tf.get_collection(name)] for name in made
            }
        },
    }


def chosen(tf):
    """What is exported of a graph with two Savers and two collections, of which one is wanted.

    The facts are the collections, and the scopes of what saves; ``graph`` are the operations and
    the collections of a graph that is not the default one.
    """
    tf.Variable(1.0, name="v", use_resource=False)
    for name in ("wanted", "other"):
        tf.add_to_collection(name, 1)
    savers = [api(tf, "train.Saver")(name=name) for name in ("one", "two")]

    def scopes(exported):
        nodes = exported.graph_def.node
        return [node.name.split("/")[0] for node in nodes if node.op == "SaveV2"]

    listed = api(tf, "train.export_meta_graph")(collection_list=["wanted"])
    cleared = savers[1].export_meta_graph(clear_extraneous_savers=True)
    with tf.Graph().as_default() as other:
        tf.add_to_collection("theirs", tf.no_op(name="there"))
    of_other = tf.train.export_meta_graph(graph=other)
    return {
        "facts": {
            "collections": sorted(listed.collection_def),
            "savers": scopes(listed),
            "own_savers": scopes(cleared),
            "saves_by": cleared.saver_def.save_tensor_name,
            "graph": [
                [node.name for node in of_other.graph_def.node],
                sorted(of_other.collection_def),
            ],
        }
    }


def variables(tf, as_text, import_scope=None):
    """Variables exported to a file and imported: their values, and which are where.

    A feed ``set_NAME`` sets one of them in the step ``set``.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "graph.meta")
        with tf.Graph().as_default():
            tf.Variable(2.0, name="ref", use_resource=False)
            tf.Variable(3.0, name="resource", use_resource=True)
            fixed = tf.Variable(5.0, name="fixed", use_resource=False, trainable=False)
            tf.Variable(
                7.0,
                name="local",
                use_resource=True,
                trainable=False,
                collections=[tf.GraphKeys.LOCAL_VARIABLES],
            )
            with tf.colocate_with(fixed.op):
                tf.no_op(name="beside")
            api(tf, "train.export_meta_graph")(path, as_text=as_text)
        api(tf, "train.import_meta_graph")(path, import_scope=import_scope)
    feeds, fetches = {}, {}
    settable(tf, feeds, fetches)
    scope = import_scope + "/" if import_scope else ""
    fetches["local"] = tf.local_variables()[0]
    beside = tf.get_default_graph().get_operation_by_name(scope + "beside")
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {
            "global": [one.name for one in tf.global_variables()],
            "local": [one.name for one in tf.local_variables()],
            "trainable": [one.name for one in tf.trainable_variables()],
            "says_trainable": [one.name for one in tf.global_variables() if one.trainable],
            "are_global": set(tf.trainable_variables()) <= set(tf.global_variables()),
            "beside": [one.decode("utf-8") for one in beside.colocation_groups()],
        },
    }


def slices(tf, shapes, import_scope=None):
    """Variables of two parts each, exported, imported, saved, changed and restored by ``save``.

    ``shapes`` are those of the wholes by name; names of resource variables begin with that.
    ``listed`` names what was in the checkpoint, ``saved_NAME`` gives a value.
    """
    with tf.Graph().as_default():
        with tf.variable_scope("", partitioner=tf.fixed_size_partitioner(2)):
            for name, shape in sorted(shapes.items()):
                tf.get_variable(name, shape, use_resource=name.startswith("resource"))
        exported = api(tf, "train.export_meta_graph")()
    saver = api(tf, "train.import_meta_graph")(exported, import_scope=import_scope)
    feeds, fetches = {}, {}
    settable(tf, feeds, fetches, lambda one: "/".join(one.op.name.split("/")[-2:]))
    spoil = tf.global_variables_initializer()

    def save(session):
        with tempfile.TemporaryDirectory() as folder:
            path = saver.save(session, os.path.join(folder, "model"))
            session.run(spoil)
            saver.restore(session, path)
            reader = tf.train.NewCheckpointReader(path)
            names = sorted(reader.get_variable_to_shape_map())
            values = {"saved_" + name.split("/")[-1]: reader.get_tensor(name) for name in names}
        return dict(values, listed=strings(names))

    fetches.update(telling("save", save, ["listed"] + ["saved_" + name for name in shapes]))
    return {"feeds": feeds, "fetches": fetches}


def loops(tf, import_scope=None):
    """A tf.while_loop that multiplies ``times`` by ``a``, exported and imported, and its gradient.

    ``y`` is a ** times.
    """
    with tf.Graph().as_default():
        a = tf.placeholder(tf.float32, [], name="a")
        times = tf.placeholder(tf.int32, [], name="times")
        _, y = api(tf, "while_loop")(
            lambda at, product: at < times,
            lambda at, product: [at + 1, product * a],
            [tf.constant(0), tf.constant(1.0)],
        )
        tf.identity(y, name="y")
        exported = api(tf, "train.export_meta_graph")()
    api(tf, "train.import_meta_graph")(exported, import_scope=import_scope)
    graph = tf.get_default_graph()
    scope = import_scope + "/" if import_scope else ""
    a, times, y = (graph.get_tensor_by_name(scope + name + ":0") for name in ("a", "times", "y"))
    (gradient,) = tf.gradients(y, a)
    return {"feeds": {"a": a, "times": times}, "fetches": {"y": y, "by a": gradient}}


def scoped(tf, import_scope=None):
    """One of two scopes exported and imported: its operations and variables, by name.

    ``collected`` are its tensors in a collection, ``colocated`` is what an operation is beside.
    """
    with tf.Graph().as_default():
        for scope in ("kept", "left"):
            with tf.variable_scope(scope):
                v = tf.get_variable("v", [2], use_resource=False)
                tf.add_to_collection("collected", tf.negative(v, name="negated"))
                with tf.colocate_with(v.op):
                    tf.no_op(name="beside")
        exported = api(tf, "train.export_meta_graph")(export_scope="kept")
    api(tf, "train.import_meta_graph")(exported, import_scope=import_scope)
    operations = tf.get_default_graph().get_operations()
    (beside,) = [one for one in operations if one.name.endswith("beside")]
    return {
        "facts": {
            "negated": [one.name for one in operations if one.type == "Neg"],
            "variables": [one.op.name for one in tf.global_variables()],
            "trainable": [one.op.name for one in tf.trainable_variables()],
            "collected": [one.name for one in tf.get_collection("collected")],
            "colocated": [one.decode("utf-8") for one in beside.colocation_groups()],
        }
    }


def written(tf, call, options):
    """What the file of a MetaGraph is and keeps, written by export_meta_graph or ``Saver.save``."""
    tf.matmul(tf.ones([1, 1]), tf.ones([1, 1]), name="product")
    v = tf.Variable(0.0, name="v", use_resource=False)
    saver = api(tf, "train.Saver")([v])

    def write(session):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model")
            if call == "export_meta_graph":
                api(tf, "train.export_meta_graph")(path + ".meta", **options)
            else:
                saver.save(session, path, **options)
            with open(path + ".meta", "rb") as file:
                data = file.read()
        return {
            "is_text": np.array(data.startswith(b"meta_info_def {")),
            # Once in the list of operations that is in every file, and once in the product.
            "has_defaults": np.array(data.count(b"transpose_a") > 1),
        }

    return {"fetches": telling("write", write, ["is_text", "has_defaults"])}
