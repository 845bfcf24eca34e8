"""Graphs of tf.summary.scalar and merge_all, and what FileWriter makes of them."""

import tempfile

import numpy as np

from ..missing import api
from ..strings import strings
from ..telling import telling


def scalars(tf, dtype, tags):
    """One tf.summary.scalar for each tag, each fed, and tf.summary.merge_all of them.

    A tag is [name, name scope or None, family or None].
    """
    feeds, fetches = {}, {}
    for index, (name, scope, family) in enumerate(tags):
        feed = feeds["value%d" % index] = tf.placeholder(dtype, [])
        with tf.name_scope(scope):
            options = {} if family is None else {"family": family}
            fetches["summary%d" % index] = api(tf, "summary.scalar")(name, feed, **options)
    fetches["merged"] = api(tf, "summary.merge_all")()
    return {"feeds": feeds, "fetches": fetches}


def collections(tf):
    """Summaries in collections of their own and in scopes; which of them merge_all takes.

    ``both`` merges two of them by hand, into a collection of its own.
    """
    value = tf.constant(1.0)
    scalar, merge_all = api(tf, "summary.scalar"), api(tf, "summary.merge_all")
    empty = merge_all()
    scalar("plain", value)
    own = scalar("own", value, collections=["mine"])
    nowhere = scalar("nowhere", value, collections=[])
    both = api(tf, "summary.merge")([own, nowhere], collections=["merged by hand"], name="both")
    with tf.name_scope("inner"):
        scalar("scoped", value)
    return {
        "fetches": {
            "merged": merge_all(),
            "mine": merge_all("mine"),
            "inner": merge_all(scope="inner"),
            "both": both,
        },
        "facts": {
            "empty_is_none": empty is None,
            "missing_is_none": merge_all("missing") is None,
            "summaries": [one.op.name for one in tf.get_collection(tf.GraphKeys.SUMMARIES)],
            "merged_by_hand": [one.op.name for one in tf.get_collection("merged by hand")],
        },
    }


def event_file(tf, use_resource, delta, steps):
    """``v``, raised by ``delta`` in each of ``steps``, and its average, written to an event file.

    The fetch ``write`` writes and reads it back; after it ``kinds`` says what each event is,
    ``steps`` and ``tags`` say where each value belongs, and ``values`` gives them.
    """
    initial = tf.placeholder(tf.float32, [], "v_initial")
    v = tf.Variable(initial, name="v", use_resource=use_resource)
    ema = api(tf, "train.ExponentialMovingAverage")(0.9)
    with tf.control_dependencies([tf.assign_add(v, delta)]):
        advance = ema.apply([v])
    api(tf, "summary.scalar")("variable", v)
    api(tf, "summary.scalar")("average", ema.average(v))
    merged = api(tf, "summary.merge_all")()

    def write(session):
        with tempfile.TemporaryDirectory() as folder:
            writer = api(tf, "summary.FileWriter")(folder, session.graph)
            for step in steps:
                session.run(advance)
                writer.add_summary(session.run(merged), step)
            writer.close()
            (name,) = tf.gfile.ListDirectory(folder)
            events = list(tf.train.summary_iterator(folder + "/" + name))
        written = [(event.step, value) for event in events for value in event.summary.value]
        return {
            "kinds": strings(event.WhichOneof("what") for event in events),
            "steps": np.array([step for step, _ in written], np.int64),
            "tags": strings(value.tag for _, value in written),
            "values": np.array([value.simple_value for _, value in written], np.float32),
        }

    return {
        "initial_feeds": {"v": initial},
        "fetches": telling("write", write, ["kinds", "steps", "tags", "values"]),
        "initializers": [v.initializer],
    }
