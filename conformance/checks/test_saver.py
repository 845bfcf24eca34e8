"""tf.train.Saver: what a checkpoint holds, what restoring it gives, which ones are kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.sizes import few_examples
from conformance.enlargement import longer
from conformance.judge import Exact, exact, judge, judge_fact, raises, strings
from conformance.marks import api, published
from conformance.published import shown
from conformance.strategies import samples
from conformance.subject import Subject
from conformance.trace import Trace, graphs, step, trace

SAVER = "tf.train.Saver"
EMA = "tf.train.ExponentialMovingAverage"
CHANNELS = longer(3)
NAMES = ("beta", "gamma", "moving_mean", "moving_variance")
# Of a variable in two parts of the same length.
SLICED = (longer(6), 2)
VARIABLES = [f"layer/{name}" for name in NAMES]
variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
# The files of a checkpoint.
KINDS = (".data-00000-of-00001", ".index", ".meta")


@api(SAVER, "tf.train.list_variables", "tf.train.NewCheckpointReader")
@pytest.mark.parametrize(
    ("layer", "dtype"),
    [("own", "float32"), ("own", "float64"), ("own", "bfloat16"), ("layers", "float32")],
)
@variables
@given(data=st.data())
def test_round_trip_of_a_layer(
    subject: Subject, layer: str, dtype: str, use_resource: bool, data: st.DataObject
) -> None:
    """The checkpoint has each variable under its name; restored, all have their bits again."""
    values = data.draw(samples(NAMES, dtype, (CHANNELS,)), label="variables")
    saved = {f"saved_{name}": values[name.partition("/")[2]] for name in VARIABLES}
    observed = subject.run(
        graphs.saver.layer(layer=layer, dtype=dtype, use_resource=use_resource, channels=CHANNELS),
        trace(
            step("set", **{f"set_{name}": value for name, value in values.items()}),
            step("round_trip"),
            step(*NAMES),
            step("listed", "shapes", "dtypes", *saved),
        ),
    )
    described = {
        "listed": strings(*VARIABLES),
        "shapes": exact(np.full((4, 1), CHANNELS)),
        "dtypes": strings(*[dtype] * 4),
    }
    judge(observed, [{}, {"round_trip": strings("model-3")}, values, described | saved])


@api(SAVER)
@given(data=st.data())
def test_variables_under_other_names(subject: Subject, data: st.DataObject) -> None:
    """A map gives the names in the checkpoint, and what is not in it is neither saved nor read."""
    values = data.draw(samples(NAMES, "float32", (CHANNELS,)), label="variables")
    names = {"mean": "moving_mean", "a/variance": "moving_variance"}
    observed = subject.run(
        graphs.saver.layer(
            layer="own", dtype="float32", use_resource=False, names=names, channels=CHANNELS
        ),
        trace(
            step("set", **{f"set_{name}": value for name, value in values.items()}),
            step("round_trip"),
            step(*NAMES),
            step("listed", "saved_mean", "saved_a/variance"),
        ),
    )
    spoilt = np.full(CHANNELS, -7, np.float32)
    judge(
        observed,
        [
            {},
            {"round_trip": strings("model-3")},
            values | {"beta": spoilt, "gamma": spoilt},
            {
                "listed": strings("a/variance", "mean"),
                "saved_mean": values["moving_mean"],
                "saved_a/variance": values["moving_variance"],
            },
        ],
    )


@api(SAVER, "tf.fixed_size_partitioner")
@variables
@pytest.mark.parametrize("parts_again", [1, 2, 3])
@few_examples
@given(data=st.data())
def test_variables_in_parts_are_saved_as_wholes(
    subject: Subject, parts_again: int, use_resource: bool, data: st.DataObject
) -> None:
    """Of a variable that a partitioner cut, the average and the momentum too.

    They may be restored in one piece, or in others.
    """
    names = {"p": "", "average": "/ExponentialMovingAverage", "momentum": "/Momentum"}
    values = data.draw(samples(list(names), "float32", SLICED), label="wholes")
    parts = {
        f"set_p/part_{part}{names[name]}": piece
        for name, value in values.items()
        for part, piece in enumerate(np.array_split(value, 2))
    }
    observed = subject.run(
        graphs.saver.slices(
            use_resource=use_resource, shape=list(SLICED), parts=2, parts_again=parts_again
        ),
        trace(step("set", **parts), step("save"), step("listed", "shapes", *values)),
    )
    listed = {
        "listed": strings("p", "p/ExponentialMovingAverage", "p/Momentum"),
        "shapes": exact(np.array([SLICED] * 3)),
    }
    judge(observed, [{}, {}, listed | values])


@published(5)
@api(SAVER)
@pytest.mark.parametrize("layer", ["own", "layers"])
def test_checkpoint_of_a_layer_holds_its_variables(subject: Subject, layer: str) -> None:
    """Gamma, beta, moving_mean and moving_variance, by these names."""
    observed = subject.run(
        graphs.saver.layer(layer=layer, dtype="float32", use_resource=False, channels=CHANNELS),
        trace(step("round_trip"), step("listed")),
    )
    held = [f"layer/{name}" for name in shown(5)["variables"]]
    judge(observed, [{"round_trip": strings("model-3")}, {"listed": strings(*held)}])


@api(SAVER, EMA, f"{EMA}.variables_to_restore")
@variables
@pytest.mark.parametrize("given_variables", [True, False], ids=["given", "trainable"])
@given(data=st.data())
def test_averages_restored_into_variables(
    subject: Subject, use_resource: bool, given_variables: bool, data: st.DataObject
) -> None:
    """By variables_to_restore a variable gets its saved average, others their own value."""
    names = ("v", "v_average", "fixed")
    values = data.draw(samples(names, "float32", (CHANNELS,)), label="variables")
    observed = subject.run(
        graphs.saver.averages(use_resource=use_resource, given=given_variables, channels=CHANNELS),
        trace(
            step("set", **{f"set_{name}": value for name, value in values.items()}),
            step("restore"),
            step(*names),
            step("listed"),
        ),
    )
    after = values | {"v": values["v_average"]}
    saved = strings("fixed", "v", "v/ExponentialMovingAverage")
    judge(observed, [{}, {}, after, {"listed": saved}])
    judge_fact(observed, "restored", ["fixed", "v/ExponentialMovingAverage"])


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
    observed = subject.run(graphs.saver.rotation(steps=steps, options=options), rotated())
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
        graphs.saver.rotation(steps=[10, 20, 10, 30], options={"max_to_keep": 2}), rotated()
    )
    judge(observed, [{}, all_told("model-10", "model-30", latest="model-30")])


@api(SAVER)
def test_steps_may_be_padded(subject: Subject) -> None:
    """pad_step_number gives the step eight digits, so that names sort as steps do."""
    observed = subject.run(
        graphs.saver.rotation(steps=[7, 100], options={"pad_step_number": True}), rotated()
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
        graphs.saver.rotation(steps=[10, 20], options={"max_to_keep": 1}, saving=saving), rotated()
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
        graphs.saver.paths(absolute=absolute, options=options),
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


@api(SAVER)
@pytest.mark.parametrize(
    ("call", "error", "during"),
    [
        ("nothing to save", "ValueError", "build"),
        ("one name twice", "ValueError", "build"),
        ("no variable", "TypeError", "build"),
        ("no checkpoint", "ValueError", "step 0"),
        ("a checkpoint that is not there", "ValueError", "step 0"),
        ("another shape", "InvalidArgumentError", "step 0"),
        ("a name that was not saved", "NotFoundError", "step 0"),
    ],
)
def test_refused_arguments(subject: Subject, call: str, error: str, during: str) -> None:
    """What cannot be saved, and checkpoints that do not have what is asked of them."""
    steps = [] if during == "build" else [step("run")]
    observed = subject.run(graphs.saver.refused(call=call), trace(*steps))
    judge(observed, raises(error, during=during))
