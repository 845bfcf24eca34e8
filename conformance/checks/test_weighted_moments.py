"""tf.nn.weighted_moments: mean and variance of elements that count more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.special_values import with_one_special
from conformance.judge import judge
from conformance.marks import api
from conformance.semantics import semantics
from conformance.strategies import FINITE, FLOATS, TAME, arrays, dtype_of, shapes
from conformance.subject import Subject
from conformance.trace import dtype_name, graphs, step, trace
from reference_impls import balls, statistics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.trace import Array

WEIGHTED_MOMENTS = "tf.nn.weighted_moments"

AXES = {1: [0], 2: [0], 4: [0, 1, 2]}
# Axes, the shape of x and that of the weights by letters, which are sizes; "1" is broadcast.
BROADCAST = (
    ([0], "nc", "1c"),
    ([0], "nc", "c"),
    ([0], "nc", ""),
    ([1], "nc", "c"),
    ([0, 1], "nhc", "1h1"),
    ([-1], "nhc", "n11"),
    ([0, 2], "nhc", "hc"),
    ([0], "1c", "nc"),
    ([0, 1], "n1", "1c"),
)
WEIGHTS_DTYPE = {
    "float32": "float64",
    "float64": "float32",
    "float16": "float32",
    "bfloat16": "bfloat16",
}
WEIGHTS = ("unit", "simple", "sparse", "constant", "offset", "small", "big")


@api(WEIGHTED_MOMENTS)
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("weights_are", ["same", "int32"])
@given(data=st.data())
def test_mean_and_variance(
    subject: Subject, dtype: str, weights_are: str, data: st.DataObject
) -> None:
    """sum(w x) / sum(w), sum(w (x - mean)**2) / sum(w); weights broadcast and are cast to x's."""
    rank = data.draw(st.sampled_from(tuple(AXES)), label="rank")
    axes, keep_dims = AXES[rank], rank == 2
    shape = data.draw(shapes(rank, 5), label="shape")
    whole = data.draw(st.booleans(), label="a weight for each element")
    x = data.draw(arrays(dtype, shape, FINITE), label="x")
    weights_shape = shape if whole else [shape[0], *[1] * (rank - 1)]
    weights = np.abs(data.draw(arrays(dtype, weights_shape, WEIGHTS), label="weights"))
    if weights_are == "int32":
        weights = weights.astype(np.int32)
    judge_moments(subject, x, axes, weights, keep_dims=keep_dims)


@api(WEIGHTED_MOMENTS)
@pytest.mark.parametrize("dtype", FLOATS)
@given(data=st.data())
def test_weights_broadcast(subject: Subject, dtype: str, data: st.DataObject) -> None:
    """Over any axes, from a lower rank, and x over those that only the weights have.

    Weights of another dtype are cast to that of x, or to float32 where x is float16.
    """
    axes, of_x, of_weights = data.draw(st.sampled_from(BROADCAST), label="axes, x, weights")
    sizes = dict(zip("nhc", data.draw(shapes(3, 4), label="n, h, c"), strict=True), **{"1": 1})
    x = data.draw(arrays(dtype, [sizes[one] for one in of_x], TAME), label="x")
    weights_shape = [sizes[one] for one in of_weights]
    weights_dtype = data.draw(st.sampled_from((dtype, WEIGHTS_DTYPE[dtype])), label="their dtype")
    weights = np.abs(data.draw(arrays(weights_dtype, weights_shape, WEIGHTS), label="weights"))
    judge_moments(subject, x, axes, weights, keep_dims=len(axes) == 2)


@api(WEIGHTED_MOMENTS)
@pytest.mark.parametrize("dtype", FLOATS)
@given(data=st.data())
def test_nan_and_infinity_stay_in_their_column(
    subject: Subject, dtype: str, data: st.DataObject
) -> None:
    """One such element of x or of the weights leaves the other columns as they are."""
    shape = [data.draw(st.integers(1, 5), label="rows"), 3]
    feeds = {
        "x": data.draw(arrays(dtype, shape, TAME), label="x"),
        "weights": np.abs(data.draw(arrays(dtype, shape, WEIGHTS), label="weights")),
    }
    which = data.draw(st.sampled_from(sorted(feeds)), label="which")
    feeds[which] = with_one_special(data, feeds[which])
    judge_moments(subject, feeds["x"], [0], np.abs(feeds["weights"]), keep_dims=False)


def judge_moments(
    subject: Subject, x: Array, axes: Sequence[int], weights: Array, *, keep_dims: bool
) -> None:
    """Run tf.nn.weighted_moments, and judge the variance by the mean it gives."""
    dtype = dtype_name(x.dtype)
    used = "float32" if dtype == "float16" else dtype
    rank = {} if weights.ndim == x.ndim else {"weights_rank": weights.ndim}
    observed = subject.run(
        graphs.statistics.weighted_moments(
            dtype=dtype,
            rank=x.ndim,
            axes=axes,
            weights_dtype=dtype_name(weights.dtype),
            keep_dims=keep_dims,
            **rank,
        ),
        trace(step("mean", "variance", x=x, weights=weights)),
    )
    shape = np.broadcast_shapes(x.shape, weights.shape)
    reduced = {axis % len(shape) for axis in axes}
    kept = [1 if axis in reduced else size for axis, size in enumerate(shape)]
    mean = observed.seen(0, "mean", np.zeros(kept, x.dtype)).reshape(kept)
    expected = statistics.weighted_moments(
        balls.ball(x),
        axes,
        balls.ball(weights.astype(dtype_of(used))),
        keep_dims=keep_dims,
        zero_without_weight=semantics(subject, "weighted_moments_are_zero_without_weight"),
        mean=mean,
    )
    judge(observed, [dict(zip(("mean", "variance"), expected, strict=True))])


@api(WEIGHTED_MOMENTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("keepdims_name", ["keep_dims", "keepdims"])
def test_weights_of_zero(subject: Subject, dtype: str, keepdims_name: str) -> None:
    """Elements of weight zero do not count; where none counts, the release decides."""
    x = np.asarray([[1, 2], [3, 4], [5, 6]], dtype)
    weights = np.asarray([[0, 1], [0, 0], [0, 1]], dtype)
    observed = subject.run(
        graphs.statistics.weighted_moments(
            dtype=dtype,
            rank=2,
            axes=[0],
            weights_dtype=dtype,
            keep_dims=True,
            keepdims_name=keepdims_name,
        ),
        trace(step("mean", "variance", x=x, weights=weights)),
    )
    expected = statistics.weighted_moments(
        balls.ball(x),
        [0],
        balls.ball(weights),
        keep_dims=True,
        zero_without_weight=semantics(subject, "weighted_moments_are_zero_without_weight"),
    )
    judge(observed, [dict(zip(("mean", "variance"), expected, strict=True))])


@api(WEIGHTED_MOMENTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("whole", [True, False], ids=["each", "broadcast"])
@given(data=st.data())
def test_gradients(subject: Subject, dtype: str, whole: bool, data: st.DataObject) -> None:
    """Gradients to x and to the weights, whose own sum divides both moments."""
    rank = data.draw(st.sampled_from((2, 4)), label="rank")
    axes = AXES[rank]
    shape = data.draw(shapes(rank, 4), label="shape")
    weights_shape = shape
    if not whole:
        kept_axis = data.draw(st.sampled_from((0, rank - 1)), label="axis of the weights")
        weights_shape = [size if axis == kept_axis else 1 for axis, size in enumerate(shape)]
    kept = [1 if axis in axes else size for axis, size in enumerate(shape)]
    feeds = {
        "x": data.draw(arrays(dtype, shape, TAME), label="x"),
        # Not zero, so that none of their sums is.
        "weights": data.draw(arrays(dtype, weights_shape, ("simple", "unit")), label="weights"),
    }
    feeds["weights"] = np.abs(feeds["weights"]) + dtype_of(dtype).type(0.5)
    for name in ("grad_mean", "grad_variance"):
        feeds[name] = data.draw(arrays(dtype, kept, TAME), label=name)
    observed = subject.run(
        graphs.statistics.weighted_moments_gradients(dtype=dtype, rank=rank, axes=axes),
        trace(step("x", "weights", "mean", **feeds)),
    )
    by_reciprocal = not semantics(subject, "weighted_moments_are_zero_without_weight")
    x, weights, grad_mean, grad_variance = (balls.ball(one) for one in feeds.values())
    mean, _ = statistics.weighted_moments(
        x, axes, weights, keep_dims=True, zero_without_weight=not by_reciprocal
    )
    gradients = statistics.weighted_moments_gradients(
        x,
        axes,
        weights,
        balls.ball(observed.seen(0, "mean", feeds["grad_mean"])),
        grad_mean,
        grad_variance,
        by_reciprocal=by_reciprocal,
    )
    judge(observed, [{**gradients, "mean": mean}])
