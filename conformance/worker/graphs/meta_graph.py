"""MetaGraphs imported by the release that exported them, and what is built on them then."""

import os
import tempfile

import numpy as np

from ..missing import api
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


def scoped(tf, import_scope=None):
    """One of two scopes exported and imported: its operations and variables, by name."""
    with tf.Graph().as_default():
        for scope in ("kept", "left"):
            with tf.variable_scope(scope):
                v = tf.get_variable("v", [2], use_resource=False)
                tf.negative(v, name="negated")
        exported = api(tf, "train.export_meta_graph")(export_scope="kept")
    api(tf, "train.import_meta_graph")(exported, import_scope=import_scope)
    operations = tf.get_default_graph().get_operations()
    return {
        "facts": {
            "negated": [one.name for one in operations if one.type == "Neg"],
            "variables": [one.op.name for one in tf.global_variables()],
            "trainable": [one.op.name for one in tf.trainable_variables()],
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
