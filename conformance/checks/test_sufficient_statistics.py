"""tf.nn.sufficient_statistics and tf.nn.normalize_moments, the two halves of moments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.sizes import LENGTH
from conformance.enlargement import longer
from conformance.judge import exact, judge, judge_fact, raises
from conformance.marks import api
from conformance.semantics import semantics
from conformance.strategies import ALL, FLOATS, TAME, arrays, dtype_of, named, shapes
from conformance.subject import Subject
from conformance.trace import graphs, step, trace
from reference_impls import balls, statistics

SUFFICIENT = "tf.nn.sufficient_statistics"
NORMALIZE = "tf.nn.normalize_moments"

AXES = {1: [0], 2: [0, 1], 4: [1, 2]}
STATIC_SHAPE = [longer(2), 3, 4, 5]
shifts = pytest.mark.parametrize("has_shift", [False, True], ids=["no_shift", "shift"])


@api(SUFFICIENT)
@pytest.mark.parametrize("dtype", FLOATS)
@shifts
@given(data=st.data())
def test_counts_and_sums(
    subject: Subject, dtype: str, has_shift: bool, data: st.DataObject
) -> None:
    """The count, sum(x - shift) and sum((x - shift)**2), of a shape known early or late."""
    static = data.draw(st.booleans(), label="static shape")
    rank = 4 if static else data.draw(st.sampled_from(tuple(AXES)), label="rank")
    axes, keep_dims = AXES[rank], rank == 2
    shape = STATIC_SHAPE if static else data.draw(shapes(rank, 5), label="shape")
    feeds = {"x": data.draw(arrays(dtype, shape, ALL), label="x")}
    if has_shift:
        shift_shape = data.draw(st.sampled_from((shape[-1:], [], shape)), label="shift's shape")
        feeds["shift"] = data.draw(arrays(dtype, shift_shape, TAME), label="shift")
    observed = subject.run(
        graphs.statistics.sufficient_statistics(
            dtype=dtype,
            shape=shape if static else [None] * rank,
            axes=axes,
            has_shift=has_shift,
            keep_dims=keep_dims,
        ),
        trace(step("count", "mean_ss", "variance_ss", *["shift"] * has_shift, **feeds)),
    )
    count, mean_ss, variance_ss = statistics.sufficient_statistics(
        balls.ball(feeds["x"]),
        axes,
        balls.ball(feeds["shift"]) if has_shift else None,
        keep_dims=keep_dims,
    )
    expected: dict[str, object] = {
        "count": exact(count.centre.astype(dtype_of(dtype))),
        "mean_ss": mean_ss,
        "variance_ss": variance_ss,
    }
    if has_shift:
        expected["shift"] = exact(feeds["shift"])
    judge(observed, [expected])
    judge_fact(observed, "shift_is_none", not has_shift)


@api(SUFFICIENT)
@pytest.mark.parametrize("static", [True, False], ids=["early", "late"])
@given(data=st.data())
def test_negative_axes(subject: Subject, static: bool, data: st.DataObject) -> None:
    """Axes may count from the last, where sizes are known, and where only the run knows them."""
    axes = [-2, -1]
    x = data.draw(arrays("float32", STATIC_SHAPE, TAME), label="x")
    observed = subject.run(
        graphs.statistics.sufficient_statistics(
            dtype="float32",
            shape=STATIC_SHAPE if static else [None] * 4,
            axes=axes,
            has_shift=False,
            keep_dims=False,
        ),
        trace(step("count", "mean_ss", "variance_ss", x=x)),
    )
    if not static and not semantics(subject, "sufficient_statistics_counts_negative_axes_late"):
        judge(observed, raises("InvalidArgumentError", during="step 0"))
        return
    count, mean_ss, variance_ss = statistics.sufficient_statistics(
        balls.ball(x), axes, None, keep_dims=False
    )
    exact_count = exact(count.centre.astype(np.float32))
    judge(observed, [{"count": exact_count, "mean_ss": mean_ss, "variance_ss": variance_ss}])


@api(SUFFICIENT)
@pytest.mark.parametrize("dtype", ["int32", "int64"])
@given(data=st.data())
def test_integers(subject: Subject, dtype: str, data: st.DataObject) -> None:
    """Integers have integers for statistics, larger than float32 and float64 have all of."""
    static = data.draw(st.booleans(), label="static shape")
    shape = STATIC_SHAPE if static else data.draw(shapes(4, 5), label="shape")
    axes = AXES[4]
    # The sum of 25 squares is not more than the dtype holds.
    bits = {"int32": 13, "int64": 29}[dtype]
    units = data.draw(arrays("float64", shape, ("unit", "sparse")), label="units")
    x = np.ldexp(units, bits).astype(dtype)
    shift = np.full(shape[-1], 1, dtype)
    observed = subject.run(
        graphs.statistics.sufficient_statistics(
            dtype=dtype,
            shape=shape if static else [None] * 4,
            axes=axes,
            has_shift=True,
            keep_dims=False,
        ),
        trace(step("count", "mean_ss", "variance_ss", "shift", x=x, shift=shift)),
    )
    sums = (np.sum(one, tuple(axes), dtype=dtype) for one in (x - shift, (x - shift) ** 2))
    mean_ss, variance_ss = map(exact, sums)
    count = np.asarray(shape[1] * shape[2], dtype)
    expected = {"count": exact(count), "mean_ss": mean_ss, "variance_ss": variance_ss}
    judge(observed, [{**expected, "shift": exact(shift)}])


@api(SUFFICIENT)
@pytest.mark.parametrize(
    ("dtype", "keepdims_name"), [("float32", "keepdims"), ("float64", "keep_dims")]
)
@given(data=st.data())
def test_gradients(subject: Subject, dtype: str, keepdims_name: str, data: st.DataObject) -> None:
    """Of both sums, dimensions kept, to x and to the shift."""
    axes = AXES[4]
    shape = data.draw(shapes(4, 4), label="shape")
    kept = [1 if axis in axes else size for axis, size in enumerate(shape)]
    names = ("grad_mean_ss", "grad_variance_ss")
    feeds = data.draw(named(names, dtype, kept, TAME), label=", ".join(names))
    feeds["x"] = data.draw(arrays(dtype, shape, TAME), label="x")
    feeds["shift"] = data.draw(arrays(dtype, shape[-1:], TAME), label="shift")
    observed = subject.run(
        graphs.statistics.sufficient_statistics_gradients(
            dtype=dtype, rank=4, axes=axes, keepdims_name=keepdims_name
        ),
        trace(step("x", "shift", **feeds)),
    )
    of = {name: balls.ball(array) for name, array in feeds.items()}
    gradients = statistics.sufficient_statistics_gradients(
        of["x"], of["shift"], *(of[name] for name in names)
    )
    judge(observed, [gradients])


@api(NORMALIZE)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(data=st.data())
def test_gradients_of_normalize_moments(subject: Subject, dtype: str, data: st.DataObject) -> None:
    """To the counts, both sums and the shift."""
    shape = data.draw(shapes(1, LENGTH), label="shape")
    names = ("mean_ss", "variance_ss", "shift", "grad_mean", "grad_variance")
    feeds = data.draw(named(names, dtype, shape, TAME), label=", ".join(names))
    count = data.draw(st.sampled_from((1, 3, 64)), label="count")
    feeds["counts"] = np.asarray(count, dtype)
    to = ("counts", *names[:3])
    observed = subject.run(
        graphs.statistics.normalize_moments_gradients(dtype=dtype), trace(step(*to, **feeds))
    )
    of = {name: balls.ball(array) for name, array in feeds.items()}
    gradients = statistics.normalize_moments_gradients(
        of["counts"], of["mean_ss"], of["variance_ss"], of["grad_mean"], of["grad_variance"]
    )
    judge(observed, [gradients])


@api(NORMALIZE)
@pytest.mark.parametrize("dtype", FLOATS)
@shifts
@given(data=st.data())
def test_normalize_moments(
    subject: Subject, dtype: str, has_shift: bool, data: st.DataObject
) -> None:
    """mean_ss / counts + shift, variance_ss / counts - (mean_ss / counts)**2."""
    shape = [data.draw(st.integers(1, LENGTH), label="size")]
    count = data.draw(st.sampled_from((1, 2, 3, 7, 10, 64)), label="count")
    feeds = {"counts": np.asarray(count).astype(dtype_of(dtype))}
    for name in ("mean_ss", "variance_ss", *["shift"] * has_shift):
        feeds[name] = data.draw(arrays(dtype, shape, ALL), label=name)
    observed = subject.run(
        graphs.statistics.normalize_moments(dtype=dtype, has_shift=has_shift),
        trace(step("mean", "variance", **feeds)),
    )
    of = {name: balls.ball(array) for name, array in feeds.items()}
    mean, variance = statistics.normalize_moments(
        of["counts"], of["mean_ss"], of["variance_ss"], of.get("shift")
    )
    judge(observed, [{"mean": mean, "variance": variance}])
