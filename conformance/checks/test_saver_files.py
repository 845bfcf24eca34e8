"""tf.train.Saver's files: which are written, named, kept and found again, and what states say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from conformance.judge import Exact, judge, strings
from conformance.marks import api
from conformance.strategies import make_array
from conformance.subject import Subject
from conformance.trace import Trace, graphs, step, trace

SAVER = "tf.train.Saver"
UPDATE = "tf.train.update_checkpoint_state"
SHARDED = ("first", "second")
# The files of a checkpoint.
KINDS = (".data-00000-of-00001", ".index", ".meta")


@api(SAVER)
def test_checkpoint_in_shards(subject: Subject) -> None:
    """A file of data for each device, read and deleted as one checkpoint."""
    values = {name: make_array("float32", (2,), "unit", n) for n, name in enumerate(SHARDED)}
    observed = subject.run(
        graphs.saver_files.shards().with_session(cpus=2),
        trace(
            step("set", **{f"set_{name}": value for name, value in values.items()}),
            step("round_trip"),
            step(*SHARDED),
            step("listed", "files"),
        ),
    )
    kinds = (".data-00000-of-00002", ".data-00001-of-00002", ".index", ".meta")
    told = {
        "listed": strings(*SHARDED),
        "files": strings("checkpoint", *files_of(["model-20"], kinds)),
    }
    judge(observed, [{}, {"round_trip": strings("model-20")}, values, told])


@api(SAVER, "tf.train.latest_checkpoint", "tf.train.get_checkpoint_state")
@pytest.mark.parametrize(
    ("options", "kept", "remembered"),
    [
        ({}, 5, 5),
        ({"max_to_keep": 2}, 2, 2),
        ({"max_to_keep": 1}, 1, 1),
        ({"max_to_keep": 0}, 7, 0),
        ({"max_to_keep": None}, 7, 0),
    ],
    ids=["default", "two", "one", "zero", "none"],
)
def test_max_to_keep(
    subject: Subject, options: dict[str, object], kept: int, remembered: int
) -> None:
    """The last ones stay, as files and in the state; 0 and None keep all and remember none."""
    steps = [10 * n for n in range(1, 8)]
    paths = [f"model-{at}" for at in steps]
    observed = subject.run(graphs.saver_files.rotation(steps=steps, options=options), rotated())
    judge(
        observed,
        [
            {},
            {
                "latest": strings(paths[-1]),
                "last_checkpoints": strings(*last(paths, remembered)),
                "state": strings(*last(paths, max(remembered, 1))),
                "files": strings("checkpoint", *files_of(last(paths, kept))),
            },
        ],
    )


@api(SAVER, "tf.train.latest_checkpoint", "tf.train.get_checkpoint_state")
def test_a_name_saved_again_is_the_newest(subject: Subject) -> None:
    """It is one of max_to_keep, once, and the last of them to be deleted."""
    observed = subject.run(
        graphs.saver_files.rotation(steps=[10, 20, 10, 30], options={"max_to_keep": 2}), rotated()
    )
    judge(observed, [{}, all_told("model-10", "model-30", latest="model-30")])


@api(SAVER)
@pytest.mark.parametrize(
    ("call", "missing", "known", "files"),
    [
        ("recover_last_checkpoints", [], [10, 20, 30], [30, 40, 50]),
        ("recover_last_checkpoints", [20], [10, 30], [30, 40, 50]),
        # What has no time is never deleted.
        ("set_last_checkpoints", [], [10, 20, 30], [10, 20, 30, 40, 50]),
        ("set_last_checkpoints_with_time", [], [10, 20, 30], [30, 40, 50]),
    ],
    ids=["recovered", "recovered_but_one", "set", "set_with_time"],
)
def test_checkpoints_of_another_saver(
    subject: Subject, call: str, missing: list[int], known: list[int], files: list[int]
) -> None:
    """A program that starts again tells its saver of them: they are the oldest it keeps."""
    observed = subject.run(
        graphs.saver_files.recovered(call=call, missing=missing),
        trace(step("save"), step("known", "last_checkpoints", "files")),
    )
    told = {"known": known, "last_checkpoints": [30, 40, 50], "files": files}
    named = {name: strings(*(f"model-{at}" for at in steps)) for name, steps in told.items()}
    judge(observed, [{}, named])


@api(SAVER)
def test_keep_checkpoint_every_n_hours(subject: Subject) -> None:
    """Of those that max_to_keep deletes, the first one after every n hours stays."""
    hours = [0.5, 1.9, 2.2, 2.4, 3.9, 4.2, 4.4, 5.9, 6.5, 7.9]
    observed = subject.run(
        graphs.saver_files.kept_for_hours(every=2, hours=hours), trace(step("save"), step("kept"))
    )
    judge(observed, [{}, {"kept": strings("model-2", "model-5", "model-8")}])


@api(SAVER)
def test_numbers_of_steps(subject: Subject) -> None:
    """Save takes Python's and NumPy's integers, variables, tensors and their names; 0 is one."""
    observed = subject.run(
        graphs.saver_files.numbered(), trace(step("save"), step("paths", "padded"))
    )
    numbers = (0, 0, 0, 1, 3, 4, 5, 6, 7, 8)
    told = {
        "paths": strings(*(f"model-{number}" for number in numbers), "model"),
        "padded": strings(*(f"model-{number:08}" for number in numbers), "model"),
    }
    judge(observed, [{}, told])


@api(UPDATE, "tf.train.latest_checkpoint", "tf.train.get_checkpoint_state")
def test_state_files(subject: Subject) -> None:
    """What they name is found, if it is there, with its time; nothing of what is no state."""
    latest: dict[str, list[str]] = {
        "nothing": [],
        "saved": ["model-20"],
        "older": ["model-10"],
        "alone": ["model-20"],
        "elsewhere": ["model-10"],
        "gone": [],
        "spoilt": [],
    }
    listed: dict[str, list[str]] = latest | {
        "saved": ["model-10", "model-20"],
        "older": ["model-20", "model-10"],
        "gone": ["model-10", "model-30"],
    }
    told = latest | {f"all_{name}": paths for name, paths in listed.items()}
    times = {"times": np.array([1.5, 2.5]), "preserved": np.array(0.5)}
    observed = subject.run(graphs.saver_files.states(), trace(step("update"), step(*told, *times)))
    judge(observed, [{}, times | {name: strings(*paths) for name, paths in told.items()}])


@api("tf.train.checkpoint_exists", "tf.train.get_checkpoint_mtimes", "tf.train.remove_checkpoint")
def test_which_checkpoints_exist(subject: Subject) -> None:
    """By the whole of their paths; of one that was removed nothing is left."""
    observed = subject.run(
        graphs.saver_files.existing(), trace(step("save"), step("exist", "mtimes", "files"))
    )
    told = {
        "exist": np.array([False, False, True, True, False]),
        "mtimes": np.array([True, True]),
        "files": strings("checkpoint", *files_of(["model-20"])),
    }
    judge(observed, [{}, told])


@api(SAVER)
def test_graph_that_is_saved(subject: Subject) -> None:
    """It is the session's, whichever is the default."""
    observed = subject.run(
        graphs.saver_files.graph_of_session(), trace(step("save"), step("variables"))
    )
    judge(observed, [{}, {"variables": strings("v")}])


@api(SAVER)
def test_steps_may_be_padded(subject: Subject) -> None:
    """pad_step_number gives the step eight digits, so that names sort as steps do."""
    observed = subject.run(
        graphs.saver_files.rotation(steps=[7, 100], options={"pad_step_number": True}), rotated()
    )
    told = all_told("model-00000007", "model-00000100", latest="model-00000100")
    judge(observed, [{}, told])


@api(SAVER, "tf.train.latest_checkpoint")
@pytest.mark.parametrize(
    ("saving", "kept", "kinds", "state_files"),
    [
        ({"write_meta_graph": False}, ["model-20"], KINDS[:2], ["checkpoint"]),
        # What no state tells of is not deleted either.
        ({"write_state": False}, ["model-10", "model-20"], KINDS, []),
        ({"latest_filename": "newest"}, ["model-20"], KINDS, ["newest"]),
        ({"meta_graph_suffix": "graph"}, ["model-20"], (*KINDS[:2], ".graph"), ["checkpoint"]),
    ],
    ids=["write_meta_graph", "write_state", "latest_filename", "meta_graph_suffix"],
)
def test_files_that_saving_writes(
    subject: Subject,
    saving: dict[str, object],
    kept: Sequence[str],
    kinds: Sequence[str],
    state_files: list[str],
) -> None:
    """The graph and the state file are left out or named as the arguments of save say."""
    observed = subject.run(
        graphs.saver_files.rotation(steps=[10, 20], options={"max_to_keep": 1}, saving=saving),
        rotated(),
    )
    found = ["model-20"] if "checkpoint" in state_files else []
    remembered = ["model-20"] if state_files else []
    told = {
        "latest": strings(*found),
        "last_checkpoints": strings(*remembered),
        "state": strings(*found),
        "files": strings(*sorted(state_files + files_of(kept, kinds))),
    }
    judge(observed, [{}, told])


@api(SAVER, "tf.train.latest_checkpoint")
@pytest.mark.parametrize("absolute", [True, False], ids=["absolute", "relative"])
@pytest.mark.parametrize("options", [{}, {"save_relative_paths": True}], ids=["default", "option"])
def test_paths_in_the_state(subject: Subject, absolute: bool, options: dict[str, object]) -> None:
    """Relative to the folder, which may be moved then, unless all are absolute."""
    observed = subject.run(
        graphs.saver_files.paths(absolute=absolute, options=options),
        trace(step("save"), step("state", "latest", "listed", "moved", "listed_moved"), fresh=True),
    )
    top = "TOP/" if absolute else ""
    stays = absolute and not options
    moved = "run" if stays else "moved"
    told = {
        "state": strings(*(f"{top}run/" * stays + f"model-{number}" for number in (10, 20))),
        "latest": strings(f"{top}run/model-20"),
        "listed": strings(f"{top}run/model-10", f"{top}run/model-20"),
        "moved": strings(*[f"{top}moved/model-20"] * (not stays)),
        "listed_moved": strings(f"{top}{moved}/model-10", f"{top}{moved}/model-20"),
    }
    judge(observed, [{}, told])


def rotated() -> Trace:
    """The run that saves, and the one that tells what is left."""
    told = step("latest", "last_checkpoints", "state", "files")
    return trace(step("save"), told, fresh=True)


def all_told(*kept: str, latest: str) -> dict[str, Exact]:
    """What is told where saver, folder and state file know of the same checkpoints."""
    return {
        "latest": strings(latest),
        "last_checkpoints": strings(*kept),
        "state": strings(*kept),
        "files": strings("checkpoint", *files_of(kept)),
    }


def files_of(checkpoints: Sequence[str], kinds: Sequence[str] = KINDS) -> list[str]:
    """The files of checkpoints, sorted."""
    return sorted(name + kind for name in checkpoints for kind in kinds)


def last(paths: Sequence[str], count: int) -> Sequence[str]:
    """The last ``count`` of them, which may be none."""
    return paths[len(paths) - count :]
