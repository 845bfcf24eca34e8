"""tf.metrics.accuracy and tf.metrics.mean: a value that lags, and an update that gives the new."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.sizes import LENGTH
from conformance.enlargement import longer
from conformance.judge import exact, judge, judge_fact, misfit
from conformance.marks import api
from conformance.strategies import TAME, arrays, dtype_of
from conformance.subject import Observed, Subject
from conformance.trace import Array, Step, graphs, step, trace
from reference_impls import metrics

ACCURACY = "tf.metrics.accuracy"
MEAN = "tf.metrics.mean"

variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
STATE = ("total", "count")
ZERO = np.zeros((), np.float32)
SHAPES_OF_WEIGHTS: dict[str, list[list[None]]] = {"none": [], "scalar": [[]], "each": [[None]]}
WEIGHTS = ("unit", "simple", "sparse", "constant", "signed_zeros", "big")
# How much of the shape (3,) a graph may know.
KNOWN: dict[str, list[int | None] | None] = {"known": [3], "of_rank_1": [None], "unknown": None}
BATCHES = longer(2)
SHAPES = st.sampled_from([(rows, columns) for rows in range(1, 6) for columns in range(1, 6)])


def draw_weights(data: st.DataObject, kind: str, shape: tuple[int, ...]) -> Array | None:
    """Draw the weights of every batch: for ``scalar`` one number each, for ``each`` of a shape."""
    if kind == "none":
        return None
    sizes = (BATCHES,) if kind == "scalar" else (BATCHES, *shape)
    return np.asarray(data.draw(arrays("float32", sizes, WEIGHTS), label="weights"))


def steps_over(batches: list[dict[str, Array]]) -> list[Step]:
    """Return steps that show the state at first, after each batch's update, after a reset."""
    holds = step(*STATE, "value")
    updates = [one for batch in batches for one in (step("update", **batch), holds)]
    return [holds, *updates, step("reset"), holds]


def judge_trace(observed: Observed, batches: list[tuple[Array, Array | None]]) -> None:
    """Compare each stage with the reference from what TensorFlow had before it."""
    nothing: dict[str, object] = {name: exact(ZERO) for name in (*STATE, "value")}
    expected = [nothing]
    for n, (values, weights) in enumerate(batches):
        before, after = (
            [observed.seen(at, name, ZERO) for name in STATE] for at in (2 * n, 2 * n + 2)
        )
        total, count = metrics.added(before[0], before[1], values, weights)
        mean = metrics.mean(after[0], after[1])
        expected += [{"update": mean}, {"total": total, "count": count, "value": mean}]
    judge(observed, [*expected, {}, nothing])


@api(ACCURACY, MEAN)
@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "bool", "uint8"])
@variables
@given(data=st.data())
def test_accuracy(subject: Subject, dtype: str, use_resource: bool, data: st.DataObject) -> None:
    """The share of predictions that, cast to the labels' dtype, equal them; by weight."""
    kind, other = data.draw(
        st.sampled_from([("none", "float32"), ("each", "float32"), ("scalar", dtype)]),
        label="weights, predictions dtype",
    )
    draw = arrays("float32", (2, BATCHES, LENGTH), ("signed_zeros", "simple"))
    drawn = np.abs(data.draw(draw, label="labels, predictions"))
    weights = draw_weights(data, kind, (LENGTH,))
    batches: list[dict[str, Array]] = []
    for n in range(BATCHES):
        size = data.draw(st.integers(1, LENGTH), label=f"size {n}")
        batch = {}
        for at, (name, of) in enumerate((("labels", dtype), ("predictions", other))):
            values = drawn[at, n, :size]
            # Halves, where predictions hold them, are cut off by the cast to integers.
            batch[name] = (values / 2 if of == "float32" else values).astype(dtype_of(of))
        if weights is not None:
            batch["weights"] = weights[n] if kind == "scalar" else weights[n, :size]
        batches.append(batch)
    shape_of = SHAPES_OF_WEIGHTS[kind]
    observed = subject.run(
        graphs.metrics.accuracy(
            labels_dtype=dtype,
            predictions_dtype=other,
            shapes=[[None], [None], *shape_of],
            use_resource=use_resource,
        ),
        trace(*steps_over(batches)),
    )
    judge_trace(
        observed,
        [
            (metrics.is_correct(one["labels"], one["predictions"]), one.get("weights"))
            for one in batches
        ],
    )
    judge_fact(observed, "dtypes", ["float32", "float32"])


@api(MEAN)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int32"])
@variables
@given(data=st.data())
def test_mean(subject: Subject, dtype: str, use_resource: bool, data: st.DataObject) -> None:
    """The weighted mean of all batches so far, in float32."""
    kind = data.draw(st.sampled_from(["none", "scalar", "each"]), label="weights")
    drawn_dtype = dtype if dtype.startswith("float") else "float32"
    regimes = TAME if dtype.startswith("float") else ("simple",)
    drawn = data.draw(arrays(drawn_dtype, (BATCHES, 5, 5), regimes), label="values")
    weights = draw_weights(data, kind, (5, 5))
    batches: list[dict[str, Array]] = []
    given_as: list[tuple[Array, Array | None]] = []
    for n in range(BATCHES):
        rows, columns = data.draw(SHAPES, label=f"shape {n}")
        batch = {"values": drawn[n, :rows, :columns].astype(dtype)}
        if weights is not None:
            batch["weights"] = weights[n] if kind == "scalar" else weights[n, :rows, :columns]
        batches.append(batch)
        with np.errstate(over="ignore"):
            given_as.append((batch["values"].astype(np.float32), batch.get("weights")))
    weights_shape: object = {"none": "none", "scalar": []}.get(kind, [None, None])
    observed = subject.run(
        graphs.metrics.mean(dtype=dtype, weights_shape=weights_shape, use_resource=use_resource),
        trace(*steps_over(batches)),
    )
    judge_trace(observed, given_as)


@api(ACCURACY, MEAN)
@variables
def test_names_and_collections(subject: Subject, use_resource: bool) -> None:
    """Local variables, and in collections of the caller the value and the update."""
    observed = subject.run(
        graphs.metrics.accuracy(
            labels_dtype="int32",
            predictions_dtype="int32",
            shapes=[[None], [None]],
            use_resource=use_resource,
            collections=True,
        ),
        trace(),
    )
    names = ["accuracy/count", "accuracy/total"]
    judge_fact(observed, "local_variables", names)
    judge_fact(observed, "metric_variables", names)
    judge_fact(observed, "global_variables", 0)
    judge_fact(observed, "trainable_variables", 0)
    judge_fact(observed, "collected", [[True], [True]])


@api(ACCURACY)
@pytest.mark.parametrize(
    ("labels_dtype", "predictions_dtype", "weights_dtype"),
    [
        ("int64", "int32", "float32"),
        ("int32", "float64", "int32"),
        ("bool", "int32", "bool"),
        ("float64", "float32", "float64"),
        ("float16", "float16", "float16"),
        ("string", "string", "int64"),
    ],
)
def test_dtypes(
    subject: Subject, labels_dtype: str, predictions_dtype: str, weights_dtype: str
) -> None:
    """Predictions become what labels are, and weights float32."""
    kinds = {"labels": labels_dtype, "predictions": predictions_dtype, "weights": weights_dtype}
    numbers = {"labels": [1, 0, 1, 0], "predictions": [1, 1, 0, 0], "weights": [1, 1, 0, 1]}
    feeds = {
        name: np.asarray([str(one) for one in numbers[name]], object)
        if kind == "string"
        else np.asarray(numbers[name], kind)
        for name, kind in kinds.items()
    }
    observed = subject.run(
        graphs.metrics.accuracy(
            labels_dtype=labels_dtype,
            predictions_dtype=predictions_dtype,
            shapes=[[None], [None], [None]],
            weights_dtype=weights_dtype,
            use_resource=False,
        ),
        trace(step("update", **feeds), step(*STATE)),
    )
    total, count = (np.asarray(one, np.float32) for one in (2, 3))
    judge(
        observed,
        [{"update": metrics.mean(total, count)}, {"total": exact(total), "count": exact(count)}],
    )


@api(ACCURACY)
@variables
def test_metrics_of_their_own(subject: Subject, use_resource: bool) -> None:
    """A second metric has variables of its own; initialising local variables resets both."""
    fed = {"labels": np.asarray([0, 0, 0, 1], np.int32)}
    values = ("value0", "value1")
    observed = subject.run(
        graphs.metrics.two_accuracies(use_resource=use_resource),
        trace(step("update0", **fed), step(*values), step("reset"), step(*values)),
    )
    most = exact(np.asarray(0.75, np.float32))
    judge(
        observed,
        [
            {"update0": most},
            {"value0": most, "value1": exact(ZERO)},
            {},
            dict.fromkeys(values, exact(ZERO)),
        ],
    )
    names = [f"{name}/{slot}" for name in ("accuracy", "accuracy_1") for slot in ("count", "total")]
    judge_fact(observed, "local_variables", names)


@api(ACCURACY)
@variables
def test_name(subject: Subject, use_resource: bool) -> None:
    """A name given is the scope of the variables."""
    observed = subject.run(
        graphs.metrics.accuracy(
            labels_dtype="int32",
            predictions_dtype="int32",
            shapes=[[None], [None]],
            use_resource=use_resource,
            name="mine",
        ),
        trace(),
    )
    judge_fact(observed, "local_variables", ["mine/count", "mine/total"])


@api(ACCURACY)
@pytest.mark.parametrize(
    "shapes_given",
    [[[3, 1], [3]], [[3], [3, 1]], [[3], [3], [3, 1]], [[3, 1], [3, 1], [3]]],
    ids=["labels", "predictions", "weights", "weights_of_matrix"],
)
@pytest.mark.parametrize("known", ["early", "late"])
def test_last_axis_of_one_is_squeezed(
    subject: Subject, shapes_given: list[list[int]], known: str
) -> None:
    """Labels, predictions and weights may have a last axis of size 1 more, or less."""
    names = ("labels", "predictions", "weights")[: len(shapes_given)]
    numbers = {"labels": [1, 2, 3], "predictions": [1, 0, 3], "weights": [2, 1, 1]}
    feeds = {
        name: np.asarray(numbers[name], "int32" if name != "weights" else "float32").reshape(shape)
        for name, shape in zip(names, shapes_given, strict=True)
    }
    observed = subject.run(
        graphs.metrics.accuracy(
            labels_dtype="int32",
            predictions_dtype="int32",
            shapes=shapes_given if known == "early" else [None for _ in shapes_given],
            use_resource=False,
        ),
        trace(step("reset"), step("update", **feeds)),
    )
    weights = np.asarray(numbers["weights"] if "weights" in feeds else [1, 1, 1], np.float32)
    total = np.asarray(weights[0] + weights[2])
    judge(observed, [{}, {"update": metrics.mean(total, np.asarray(weights.sum()))}])


@api(ACCURACY, MEAN)
@pytest.mark.parametrize("of_weights", KNOWN.values(), ids=[f"weights_{one}" for one in KNOWN])
@pytest.mark.parametrize("of_labels", KNOWN.values(), ids=[f"labels_{one}" for one in KNOWN])
def test_shapes_may_be_known_late(
    subject: Subject, of_labels: list[int | None] | None, of_weights: list[int | None] | None
) -> None:
    """What the graph does not know of shapes, the run finds out: the metric is the same."""
    feeds = {
        "labels": np.asarray([1, 2, 3], np.int32),
        "predictions": np.asarray([1, 0, 3], np.int32),
        "weights": np.asarray([2, 1, 1], np.float32),
    }
    observed = subject.run(
        graphs.metrics.accuracy(
            labels_dtype="int32",
            predictions_dtype="int32",
            shapes=[of_labels, of_labels, of_weights],
            use_resource=False,
        ),
        trace(step("update", **feeds), step(*STATE)),
    )
    total, count = (np.asarray(one, np.float32) for one in (3, 4))
    judge(
        observed,
        [{"update": metrics.mean(total, count)}, {"total": exact(total), "count": exact(count)}],
    )


@api(ACCURACY, MEAN)
@pytest.mark.parametrize(
    ("lengths", "known"),
    [
        pytest.param(lengths, known, id=f"{name}-{known}")
        for name, lengths, when in (
            ("predictions", [3, 4], ("early", "late")),
            ("weights", [3, 3, 4], ("early", "late")),
            ("weights_would_broadcast_values", [1, 1, 2], ("early", "late")),
            # Known late, it stands for all: the comparison broadcasts.
            ("one_prediction", [3, 1], ("early",)),
        )
        for known in when
    ],
)
def test_other_shapes_are_refused(subject: Subject, lengths: list[int], known: str) -> None:
    """Of labels and predictions, and of weights."""
    dtypes = {"labels": "int32", "predictions": "int32", "weights": "float32"}
    # Two lengths have no weights.
    feeds = {
        name: np.ones(length, dtype)
        for length, (name, dtype) in zip(lengths, dtypes.items(), strict=False)
    }
    observed = subject.run(
        graphs.metrics.accuracy(
            labels_dtype="int32",
            predictions_dtype="int32",
            shapes=[[length] if known == "early" else [None] for length in lengths],
            use_resource=False,
        ),
        trace(step("update", **feeds)),
    )
    judge(observed, misfit(known))
