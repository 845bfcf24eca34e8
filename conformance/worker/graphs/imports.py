"""Graphs that import others: a MetaGraph twice, and with other inputs than it was exported with."""

import os
import tempfile

from ..missing import api
from ..sessions import session_aside


def twice(tf, scopes):
    """A MetaGraph imported under both ``scopes`` into one graph, and two checkpoints of it.

    The fetch ``restore`` lets the Saver of each import restore one of them. After it ``v0`` is the
    variable of the first import, ``v1`` that of the second.
    """
    original = tf.Graph()
    with original.as_default():
        # Two imports of a resource variable are one variable: they share its name in the session.
        v = tf.Variable(1.0, name="v", use_resource=False)
        step = tf.assign_add(v, 10.0)
        saver = api(tf, "train.Saver")(max_to_keep=3)
        exported = saver.export_meta_graph().SerializeToString()
    # A Saver that is made of a SaverDef changes it: each import has its own.
    savers = [
        api(tf, "train.import_meta_graph")(tf.MetaGraphDef.FromString(exported), import_scope=scope)
        for scope in scopes
    ]

    def restore(session):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model")
            with original.as_default(), session_aside(tf) as other:
                other.run(v.initializer)
                for number, imported in enumerate(savers):
                    other.run(step)
                    imported.restore(session, saver.save(other, path, global_step=number))

    first, second = tf.global_variables()
    return {
        "fetches": {"v0": first, "v1": second, "restore": restore},
        "facts": {
            "variables": [first.op.name, second.op.name],
            "kept": [one.as_saver_def().max_to_keep for one in savers],
        },
    }


def to_map(tf):
    """A graph whose inputs imports map: ``difference`` = a - b, and ``of_halves`` of another."""
    with tf.Graph().as_default() as graph:
        a, b = (tf.placeholder(tf.float32, [1], name=name) for name in ("a", "b"))
        first, second = tf.split(tf.concat([a, b], 0), 2, name="halves")
        with tf.control_dependencies([tf.no_op(name="guard"), tf.no_op(name="stays")]):
            tf.subtract(a, b, name="difference")
        tf.subtract(first, second, name="of_halves")
    return graph


def mapped_graph_def(tf):
    """A GraphDef imported thrice: as it is, in a name scope, and with inputs of the graph about it.

    Of the third, a is ``x``, the second of the halves ``y``, and a control input adds 1 to
    ``count``.
    """
    definition = to_map(tf).as_graph_def()
    load = api(tf, "import_graph_def")
    nothing = load(definition)
    with tf.name_scope("outer"):
        (plain,) = load(definition, return_elements=["difference"])
    x, y = (tf.placeholder(tf.float32, [1], name=name) for name in ("x", "y"))
    count = tf.Variable(0.0, name="count", use_resource=False)
    counted = tf.assign_add(count, 1.0, name="counted")
    wanted = ["difference:0", "difference", "of_halves:0", "halves:0", "a:0", "b:0"]
    elements = load(
        definition,
        input_map={"a": x, "halves:1": y, "^guard": counted},
        return_elements=wanted,
        name="mapped",
    )
    return {
        "feeds": {"x": x, "y": y, "b": elements[5]},
        "fetches": {"difference": elements[0], "of_halves": elements[2], "count": count},
        "facts": {
            "nothing": nothing,
            "plain": plain.name,
            "elements": [one.name for one in elements],
            "controls": sorted(one.name for one in elements[1].control_inputs),
        },
    }


def refused(tf):
    """What import_graph_def does not take, and the type of the error it raises."""
    definition = to_map(tf).as_graph_def()
    x = tf.placeholder(tf.float32, [1])
    calls = {
        "an input that is not there": {"input_map": {"c:0": x}},
        "an element that is not there": {"return_elements": ["c"]},
        "an output that is not there": {"return_elements": ["a:1"]},
        "a tensor of another dtype": {"input_map": {"a:0": tf.constant([1])}},
        "a map that is none": {"input_map": [x]},
        "no GraphDef": {"graph_def": "no GraphDef"},
    }
    found = {}
    for call, options in calls.items():
        try:
            api(tf, "import_graph_def")(**dict({"graph_def": definition}, **options))
        except (TypeError, ValueError, tf.errors.OpError) as error:
            found[call] = type(error).__name__
    return {"facts": {"refused": found}}


def mapped_meta_graph(tf, import_scope=None):
    """The same of a MetaGraph, whose variable is not mapped; ``b`` is the one it has."""
    with to_map(tf).as_default() as graph:
        tf.add_to_collection("differences", graph.get_tensor_by_name("difference:0"))
        exported = api(tf, "train.export_meta_graph")()
    x, y = (tf.placeholder(tf.float32, [1], name=name) for name in ("x", "y"))
    count = tf.Variable(0.0, name="count", use_resource=False)
    counted = tf.assign_add(count, 1.0, name="counted")
    api(tf, "train.import_meta_graph")(
        exported,
        import_scope=import_scope,
        input_map={"a:0": x, "halves:1": y, "^guard": counted},
    )
    graph = tf.get_default_graph()
    scope = import_scope + "/" if import_scope else ""
    return {
        "feeds": {"x": x, "y": y, "b": graph.get_tensor_by_name(scope + "b:0")},
        "fetches": {
            "difference": tf.get_collection("differences")[0],
            "of_halves": graph.get_tensor_by_name(scope + "of_halves:0"),
            "count": count,
        },
    }


def unbound(tf):
    """A scope exported without ``outside``, which it reads, and imported with another ``x``.

    ``refused`` is whether it was not imported without one. There is nothing to save in it.
    """
    with tf.Graph().as_default():
        outside = tf.placeholder(tf.float32, [], name="outside")
        with tf.name_scope("inner"):
            tf.negative(outside, name="negated")
        exported = api(tf, "train.export_meta_graph")(export_scope="inner")
    x = tf.placeholder(tf.float32, [], name="x")
    try:
        api(tf, "train.import_meta_graph")(exported)
        refused = False
    except ValueError:
        refused = True
    saver = tf.train.import_meta_graph(exported, input_map={"$unbound_inputs_outside": x})
    return {
        "feeds": {"x": x},
        "fetches": {"negated": tf.get_default_graph().get_tensor_by_name("negated:0")},
        "facts": {
            "refused": refused,
            "has_saver": saver is not None,
            "unbound": [one.name for one in tf.get_collection("unbound_inputs")],
        },
    }
