"""Graphs of tf.summary.scalar and merge_all, and what FileWriter makes of them."""

import os
import tempfile
import time

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


def tags(tf, named):
    """Summaries of 1: of each [name, name scope or None, family or None], and in scopes.

    ``first`` and ``again`` are in two scopes that want one name, ``reopened`` in the first.
    """
    scalar = api(tf, "summary.scalar")
    fetches = {}
    for index, (name, scope, family) in enumerate(named):
        with tf.name_scope(scope):
            fetches["tag%d" % index] = scalar(name, 1.0, family=family)
    with tf.name_scope("entered") as entered:
        fetches["first"] = scalar("loss", 1.0)
    with tf.name_scope("entered"):
        fetches["again"] = scalar("loss", 1.0)
    with tf.name_scope(entered):
        fetches["reopened"] = scalar("loss", 1.0)
    return {"fetches": fetches}


def values(tf, number):
    """Summaries of what is a ``number`` to Python, NumPy, a constant, and variables."""
    scalar = api(tf, "summary.scalar")
    numbers = {
        "python": number,
        "numpy": np.float32(number),
        "array": np.array(number, np.float64),
        "constant": tf.constant(number),
        "ref": tf.Variable(number, name="v", use_resource=False),
        "resource": tf.Variable(number, name="w", use_resource=True),
        "integer": int(number),
    }
    return {"fetches": {name: scalar(name, value) for name, value in numbers.items()}}


def merges(tf):
    """Merges of merges, of a part of a collection, and of the same summary twice.

    ``scoped`` are those in scopes whose names begin with ``a``.
    """
    scalar = api(tf, "summary.scalar")
    merge, merge_all = api(tf, "summary.merge"), api(tf, "summary.merge_all")
    made = {}
    for scope in ("a", "ab", "b", "b/a"):
        with tf.name_scope(scope + "/"):
            both = [None, ["mine", tf.GraphKeys.SUMMARIES]][scope.startswith("a")]
            made[scope] = scalar("loss", 1.0, collections=both)
    inner = merge([made["b"], made["a"]])
    return {
        "fetches": {
            "nested": merge([inner, made["ab"]]),
            "one": merge([inner]),
            "scoped": merge_all(scope="a"),
            "exactly": merge_all(scope="a/"),
            "mine": merge_all("mine"),
            "mine_scoped": merge_all("mine", scope="ab"),
            "twice": merge([inner, made["a"]]),
        },
        "facts": {
            "named": merge_all(name="all of them").op.name,
            "none": merge_all(scope="c") is None,
            "count": len(tf.get_collection(tf.GraphKeys.SUMMARIES)),
        },
    }


def refused(tf):
    """A summary that is not of one number."""
    return {"fetches": {"summary": api(tf, "summary.scalar")("loss", [1.0, 2.0])}}


def written(tf, folder):
    """The events in the files of a folder, in the files' order."""
    paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    return [event for path in paths for event in tf.train.summary_iterator(path)]


def steps(tf):
    """Events with the step given in every way there is; ``steps`` are those found in the file.

    ``kinds`` are what they are, and ``in_time`` is whether all have the time they were written.
    """
    step = tf.Variable(np.int64(7), name="step", use_resource=False, trainable=False)
    summary = api(tf, "summary.scalar")("loss", 0.5)
    exported = api(tf, "train.export_meta_graph")()

    def write(session):
        serialized, at = session.run([summary, step])
        numbers = [None, 0, 1, 2**40, np.int32(3), np.int64(4), np.array(5), np.float32(6), at]
        before = time.time()
        with tempfile.TemporaryDirectory() as folder:
            # As many as wait for the writer are less than there are events.
            with api(tf, "summary.FileWriter")(folder, max_queue=2) as writer:
                for number in numbers:
                    writer.add_summary(serialized, number)
                writer.add_summary(tf.Summary.FromString(serialized), global_step=at + 1)
                writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), np.int64(9))
                writer.add_graph(session.graph, np.int64(10))
                writer.add_meta_graph(exported, global_step=np.int64(11))
                writer.add_run_metadata(tf.RunMetadata(), "run", np.int64(12))
                writer.add_event(tf.Event(wall_time=before, step=13, file_version="mine"))
            found = written(tf, folder)
        after = time.time()
        return {
            "steps": np.array([event.step for event in found], np.int64),
            "kinds": strings(event.WhichOneof("what") for event in found),
            "in_time": np.array(all(before - 1 <= event.wall_time <= after for event in found)),
        }

    return {"fetches": telling("write", write, ["steps", "kinds", "in_time"])}


def files(tf):
    """Event files of a writer that is flushed, closed and opened again.

    The fetch ``write`` writes steps 1, 2, ... to a folder that is not there; each name it tells is
    of the steps found then: ``flushed`` (before it is closed), ``closed`` (and written to in vain),
    ``reopened`` (twice). ``suffixes`` are the ends of the files' names, ``logdir``
    the folder's.
    """
    summary = api(tf, "summary.scalar")("loss", 0.5)

    def write(session):
        serialized = session.run(summary)
        found = {}
        with tempfile.TemporaryDirectory() as top:
            folder = os.path.join(top, "made", "here")
            writer = api(tf, "summary.FileWriter")(folder, filename_suffix=".mine")

            def look(name):
                steps = sorted(event.step for event in written(tf, folder) if event.step)
                found[name] = np.array(steps, np.int64)

            writer.add_summary(serialized, 1)
            writer.add_summary(serialized, 2)
            writer.flush()
            look("flushed")
            writer.add_summary(serialized, 3)
            writer.close()
            writer.add_summary(serialized, 4)
            look("closed")
            # A file is named by the second it is opened in, and another of that second replaces it.
            (name,) = os.listdir(folder)
            os.rename(os.path.join(folder, name), os.path.join(folder, "old" + name))
            writer.reopen()
            writer.add_summary(serialized, 5)
            writer.reopen()
            writer.add_summary(serialized, 6)
            writer.close()
            look("reopened")
            names = os.listdir(folder)
            found["suffixes"] = strings(os.path.splitext(name)[1] for name in names)
            found["logdir"] = strings([os.path.relpath(writer.get_logdir(), top)])
        return found

    told = ["flushed", "closed", "reopened", "suffixes", "logdir"]
    return {"fetches": telling("write", write, told)}


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
