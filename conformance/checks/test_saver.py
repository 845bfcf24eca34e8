"""tf.train.Saver: what a checkpoint holds, what restoring it gives, which ones are kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.sizes import few_examples
from conformance.enlargement import longer
from conformance.judge import exact, judge, judge_fact, raises, strings
from conformance.marks import api, published
from conformance.published import shown
from conformance.strategies import make_array, samples
from conformance.subject import Subject
from conformance.trace import graphs, step, trace

SAVER = "tf.train.Saver"
EMA = "tf.train.ExponentialMovingAverage"
CHANNELS = longer(3)
NAMES = ("beta", "gamma", "moving_mean", "moving_variance")
# Of a variable in two parts of the same length.
SLICED = (longer(6), 2)
VARIABLES = [f"layer/{name}" for name in NAMES]
variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
# Variables of many kinds, with a value for each.
KINDS_OF_VARIABLES = {
    "bool": np.array([True, False]),
    "int32": np.array([[-1, 2**31 - 1]], np.int32),
    "int64": np.array([2**62 + 1, -(2**53) - 1]),
    "uint8": np.array([0, 255], np.uint8),
    "float16": np.array([0.1, -65504], np.float16),
    "complex64": np.array([1 - 2j], np.complex64),
    "string": np.array([b"a\0b", b""], object),
    "scalar": np.array(0.1, np.float32),
    "empty": np.zeros([2, 0], np.float32),
    "of_rank_4": np.arange(6, dtype=np.float64).reshape([1, 2, 3, 1]),
}


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
@variables
def test_round_trip_of_kinds(subject: Subject, use_resource: bool) -> None:
    """Of any dtype, with no element, and without dimensions."""
    kinds = {
        name: ["string" if value.dtype == object else value.dtype.name, list(value.shape)]
        for name, value in KINDS_OF_VARIABLES.items()
    }
    observed = subject.run(
        graphs.saver.dtypes(use_resource=use_resource, variables=kinds),
        trace(
            step("set", **{f"set_{name}": value for name, value in KINDS_OF_VARIABLES.items()}),
            step("round_trip"),
            step(*kinds),
            step("listed"),
        ),
    )
    judge(observed, [{}, {}, KINDS_OF_VARIABLES, {"listed": strings(*sorted(kinds))}])


@api(SAVER)
def test_which_variables_are_saved(subject: Subject) -> None:
    """Those given, or all that are not local; if so wished, those there are when it is built."""
    told = {
        "found": strings("fixed", "trained"),
        "list": strings("trained"),
        "tuple": strings("local"),
        "map": strings("other"),
        "deferred": strings("fixed", "late", "trained"),
        "empty": np.array(True),
    }
    observed = subject.run(graphs.saver.choices(), trace(step("save"), step(*told)))
    judge(observed, [{}, told])


@api(SAVER)
@variables
def test_variables_in_another_shape(subject: Subject, use_resource: bool) -> None:
    """With reshape, what is restored takes the shape of its variable."""
    value = make_array("float32", (2, 3), "unit", 1)
    observed = subject.run(
        graphs.saver.reshaped(
            use_resource=use_resource, reshape=True, shape=[2, 3], shape_again=[3, 2]
        ),
        trace(step("set", set_v=value, set_again=value.T), step("restore"), step("v", "again")),
    )
    judge(observed, [{}, {}, {"v": value, "again": value.reshape([3, 2])}])


@api(SAVER)
@variables
def test_another_shape_is_refused(subject: Subject, use_resource: bool) -> None:
    """Without reshape, though the number of elements is the same."""
    value = make_array("float32", (2, 3), "unit", 1)
    observed = subject.run(
        graphs.saver.reshaped(
            use_resource=use_resource, reshape=False, shape=[2, 3], shape_again=[3, 2]
        ),
        trace(step("set", set_v=value, set_again=value.T), step("restore"), step("again")),
    )
    judge(observed, raises("InvalidArgumentError", during="step 1"))


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
@pytest.mark.parametrize(
    ("shape", "axis", "parts_again"),
    [(SLICED, 0, 1), (SLICED, 0, 2), (SLICED, 0, 3), (SLICED[:1], 0, 3), (SLICED, 1, 3)],
    ids=["1", "2", "3", "vector", "second_axis"],
)
@few_examples
@given(data=st.data())
def test_variables_in_parts_are_saved_as_wholes(
    subject: Subject,
    shape: tuple[int, ...],
    axis: int,
    parts_again: int,
    use_resource: bool,
    data: st.DataObject,
) -> None:
    """Of a variable that a partitioner cut, the average and the momentum too.

    They may be restored in one piece, or in others.
    """
    names = {"p": "", "average": "/ExponentialMovingAverage", "momentum": "/Momentum"}
    values = data.draw(samples(list(names), "float32", shape), label="wholes")
    parts = {
        f"set_p/part_{part}{names[name]}": piece
        for name, value in values.items()
        for part, piece in enumerate(np.array_split(value, 2, axis))
    }
    observed = subject.run(
        graphs.saver.slices(
            use_resource=use_resource,
            shape=list(shape),
            parts=2,
            parts_again=parts_again,
            **{"axis": axis} if axis else {},
        ),
        trace(step("set", **parts), step("save"), step("listed", "shapes", *values)),
    )
    listed = {
        "listed": strings("p", "p/ExponentialMovingAverage", "p/Momentum"),
        "shapes": exact(np.array([shape] * 3)),
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


@api(SAVER)
@pytest.mark.parametrize(
    ("call", "error", "during"),
    [
        ("nothing to save", "ValueError", "build"),
        ("one name twice", "ValueError", "build"),
        ("one variable twice", "ValueError", "build"),
        ("no variable", "TypeError", "build"),
        ("no checkpoint", "ValueError", "step 0"),
        ("a checkpoint that is not there", "ValueError", "step 0"),
        ("another shape", "InvalidArgumentError", "step 0"),
        ("another dtype", "InvalidArgumentError", "step 0"),
        ("a name that was not saved", "NotFoundError", "step 0"),
        ("a state in another folder", "ValueError", "step 0"),
        ("a path that is the state's", "ValueError", "step 0"),
        ("variables without values", "FailedPreconditionError", "step 0"),
    ],
)
def test_refused_arguments(subject: Subject, call: str, error: str, during: str) -> None:
    """What cannot be saved, and checkpoints that do not have what is asked of them."""
    steps = [] if during == "build" else [step("run")]
    observed = subject.run(graphs.saver.refused(call=call), trace(*steps))
    judge(observed, raises(error, during=during))
