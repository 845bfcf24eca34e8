"""Graphs of the files that tf.train.Saver writes: which are kept, and what state files say.

Each saves to a folder of its own, which is gone before the function that made it returns.
"""

import os
import re
import tempfile
import time

import numpy as np

from ..missing import api
from ..settable import settable
from ..strings import strings
from ..telling import telling


def shards(tf):
    """Variables on two devices, of which ``round_trip`` saves two sharded checkpoints.

    It keeps the second, changes the variables and restores them. ``files`` are all that are left.
    """
    feeds, fetches = {}, {}
    for name, device in (("first", "/cpu:0"), ("second", "/cpu:1")):
        with tf.device(device):
            tf.Variable(tf.zeros([2]), name=name, use_resource=False)
    settable(tf, feeds, fetches)
    saver = api(tf, "train.Saver")(sharded=True, max_to_keep=1)
    spoil = tf.global_variables_initializer()

    def round_trip(session):
        with tempfile.TemporaryDirectory() as folder:
            for step in (10, 20):
                path = saver.save(session, os.path.join(folder, "model"), global_step=step)
            session.run(spoil)
            saver.restore(session, path)
            return {
                "round_trip": strings([os.path.basename(path)]),
                "listed": strings(name for name, _ in tf.train.list_variables(path)),
                "files": strings(sorted(os.listdir(folder))),
            }

    fetches.update(telling("round_trip", round_trip, ["listed", "files"]))
    return {"feeds": feeds, "fetches": fetches}


def rotation(tf, steps, options, saving=None):
    """Save at each of ``steps``; then what the saver, the folder and its state file know of.

    ``options`` are those of the Saver, ``saving`` those of each save. ``files`` are all that are
    left in the folder.
    """
    tf.Variable(0.0, name="v", use_resource=False)
    saver = api(tf, "train.Saver")(**options)

    def save(session):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model")
            for step in steps:
                saver.save(session, path, global_step=step, **saving or {})
            state = tf.train.get_checkpoint_state(folder)
            latest = tf.train.latest_checkpoint(folder)
            paths = {
                "files": sorted(os.listdir(folder)),
                "state": state.all_model_checkpoint_paths if state else [],
                "latest": [latest] if latest else [],
                "last_checkpoints": saver.last_checkpoints,
            }
        return {name: strings(map(os.path.basename, some)) for name, some in paths.items()}

    told = ["latest", "last_checkpoints", "state", "files"]
    return {"fetches": telling("save", save, told)}


def numbered(tf):
    """Save with the number of the step given in each way that save takes, and without one.

    ``paths`` are what save returns, ``padded`` what it does with pad_step_number.
    """
    step, resource = (
        tf.Variable(np.int64(number), use_resource=use_resource, trainable=False)
        for number, use_resource in ((5, False), (6, True))
    )
    tf.add(step, 3, name="named")
    integers = [0, np.int64(0), step - step, 1, np.int32(3), np.int64(4)]
    numbers = integers + [step, resource, step + 2, "named:0"]
    make = api(tf, "train.Saver")
    savers = {"paths": make(max_to_keep=None), "padded": make(pad_step_number=True)}

    def save(session):
        told = {}
        for key, saver in savers.items():
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "model")
                saved = [saver.save(session, path, global_step=one) for one in numbers + [None]]
            told[key] = strings(map(os.path.basename, saved))
        return told

    return {"fetches": telling("save", save, list(savers))}


def kept_for_hours(tf, every, hours):
    """Checkpoints saved after so many ``hours``, each crowded out; ``kept`` are those that stay.

    One of them is to stay ``every`` so many hours. Their steps are 0, 1, 2, ...
    """
    tf.Variable(0.0, name="v", use_resource=False)

    def save(session):
        saver = api(tf, "train.Saver")(max_to_keep=len(hours), keep_checkpoint_every_n_hours=every)
        start = time.time()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model")
            old = [saver.save(session, path, global_step=step) for step in range(len(hours))]
            saver.set_last_checkpoints_with_time(
                [(name, start + 3600 * hour) for name, hour in zip(old, hours)]
            )
            for step in range(len(hours)):
                saver.save(session, os.path.join(folder, "new"), global_step=step)
            return {"kept": strings(sorted(one for one in checkpoints(folder) if "model" in one))}

    return {"fetches": telling("save", save, ["kept"])}


def checkpoints(folder):
    """The checkpoints that a folder has."""
    names = sorted(os.listdir(folder))
    return [name[: -len(".index")] for name in names if name.endswith(".index")]


def recovered(tf, call, missing):
    """A Saver that is told of another one's checkpoints, as by a program that starts again.

    ``call`` is its method that tells it. Of the checkpoints at 10, 20 and 30 those ``missing`` are
    gone. ``known`` are what it knows of then; it saves at 40 and 50, and ``last_checkpoints`` and
    ``files`` are what there is after that.
    """
    tf.Variable(0.0, name="v", use_resource=False)

    def save(session):
        before, saver = (api(tf, "train.Saver")(max_to_keep=3) for _ in range(2))
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model")
            for step in (10, 20, 30):
                before.save(session, path, global_step=step)
            for step in missing:
                api(tf, "train.remove_checkpoint")("%s-%d" % (path, step))
            old = list(tf.train.get_checkpoint_state(folder).all_model_checkpoint_paths)
            with_time = call == "set_last_checkpoints_with_time"
            getattr(saver, call)([(name, 0.0) for name in old] if with_time else old)
            paths = {"known": saver.last_checkpoints}
            for step in (40, 50):
                saver.save(session, path, global_step=step)
            paths["last_checkpoints"] = saver.last_checkpoints
            paths["files"] = checkpoints(folder)
        return {name: strings(map(os.path.basename, some)) for name, some in paths.items()}

    return {"fetches": telling("save", save, ["known", "last_checkpoints", "files"])}


def states(tf):
    """State files that update_checkpoint_state writes, and what is found by them.

    Each name that ``update`` tells is of a state: ``NAME`` the latest checkpoint, if any, and
    ``all_NAME`` all the state has. ``times`` are those of two checkpoints in a state, ``preserved``
    that of the last one preserved.
    """
    tf.Variable(0.0, name="v", use_resource=False)
    saver = api(tf, "train.Saver")()
    write = api(tf, "train.update_checkpoint_state")
    told = ["nothing", "saved", "older", "alone", "elsewhere", "gone", "spoilt"]

    def update(session):
        found = {}
        with tempfile.TemporaryDirectory() as folder:

            def look(name, *where):
                latest = tf.train.latest_checkpoint(folder, *where)
                state = tf.train.get_checkpoint_state(folder, *where)
                found[name] = [latest] if latest else []
                found["all_" + name] = state.all_model_checkpoint_paths if state else []

            look("nothing")
            path = os.path.join(folder, "model")
            first, second = (saver.save(session, path, global_step=step) for step in (10, 20))
            look("saved")
            times = {"all_model_checkpoint_timestamps": [1.5, 2.5], "last_preserved_timestamp": 0.5}
            write(folder, first, [second, first], **times)
            look("older")
            state = tf.train.get_checkpoint_state(folder)
            write(folder, second)
            look("alone")
            write(folder, first, latest_filename="other")
            look("elsewhere", "other")
            write(folder, path + "-30", [first, path + "-30"])
            look("gone")
            with open(os.path.join(folder, "checkpoint"), "w") as file:
                file.write("no state")
            look("spoilt")
        return dict(
            {name: strings(map(os.path.basename, some)) for name, some in found.items()},
            times=np.array(state.all_model_checkpoint_timestamps),
            preserved=np.array(state.last_preserved_timestamp),
        )

    told += ["all_" + name for name in told] + ["times", "preserved"]
    return {"fetches": telling("update", update, told)}


def existing(tf):
    """Which paths are checkpoints, once ``save`` has saved at 10 and 20 and removed the first.

    ``exist`` asks of the path without a step, of one that was not saved, and of both; ``mtimes``
    is how many of these have a time. ``files`` are all that are left.
    """
    tf.Variable(0.0, name="v", use_resource=False)
    saver = api(tf, "train.Saver")()

    def save(session):
        with tempfile.TemporaryDirectory() as folder:
            # Saving makes the folder.
            path = os.path.join(folder, "made", "model")
            saved = [saver.save(session, path, global_step=step) for step in (10, 20)]
            asked = [path, path + "-1"] + saved
            before = time.time() - 60
            mtimes = api(tf, "train.get_checkpoint_mtimes")(asked)
            found = [api(tf, "train.checkpoint_exists")(one) for one in asked]
            api(tf, "train.remove_checkpoint")(saved[0])
            found.append(tf.train.checkpoint_exists(saved[0]))
            files = sorted(os.listdir(os.path.dirname(path)))
        return {
            "exist": np.array(found),
            "mtimes": np.array([before < one < before + 120 for one in mtimes]),
            "files": strings(files),
        }

    return {"fetches": telling("save", save, ["exist", "mtimes", "files"])}


def graph_of_session(tf):
    """The variables in the MetaGraph that ``save`` writes while another graph is the default."""
    tf.Variable(0.0, name="v", use_resource=False)
    saver = api(tf, "train.Saver")()

    def save(session):
        with tempfile.TemporaryDirectory() as folder:
            with tf.Graph().as_default():
                path = saver.save(session, os.path.join(folder, "model"))
            with tf.Graph().as_default():
                tf.train.import_meta_graph(path + ".meta")
                return {"variables": strings(one.op.name for one in tf.global_variables())}

    return {"fetches": telling("save", save, ["variables"])}


def paths(tf, absolute, options):
    """Save twice into a folder; then the paths in its state file, and what is made of them.

    ``latest`` is the path of the latest checkpoint, ``listed`` those of get_checkpoint_state.

    ``absolute`` says whether the saver is given the folder's absolute path, or one that is relative
    to the current folder. ``moved`` and ``listed_moved`` are the same once the folder has another
    name, and an empty one its own. What is above the folder is TOP.
    """
    tf.Variable(0.0, name="v", use_resource=False)
    saver = api(tf, "train.Saver")(**options)

    def save(session):
        current = os.getcwd()
        found = {}
        with tempfile.TemporaryDirectory() as top:
            above = top if absolute else ""

            def latest(name):
                path = tf.train.latest_checkpoint(os.path.join(above, name))
                return [path.replace(top, "TOP")] if path else []

            def listed(name):
                state = tf.train.get_checkpoint_state(os.path.join(above, name))
                return [path.replace(top, "TOP") for path in state.all_model_checkpoint_paths]

            os.chdir(top)
            try:
                os.mkdir("run")
                for step in (10, 20):
                    saver.save(session, os.path.join(above, "run", "model"), global_step=step)
                with open(os.path.join("run", "checkpoint")) as file:
                    state = file.read().replace(top, "TOP")
                found["state"] = re.findall('all_model_checkpoint_paths: "(.*)"', state)
                found["latest"] = latest("run")
                found["listed"] = listed("run")
                os.rename("run", "moved")
                # Releases differ in what they make of a folder that is not there.
                os.mkdir("run")
                found["moved"] = latest("moved")
                found["listed_moved"] = listed("moved")
            finally:
                os.chdir(current)
        return {name: strings(paths) for name, paths in found.items()}

    told = ["state", "latest", "listed", "moved", "listed_moved"]
    return {"fetches": telling("save", save, told)}
