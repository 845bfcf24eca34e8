"""tf.nn.weighted_moments: mean and variance of elements that count more than once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.judge import judge
from conformance.marks import api
from conformance.semantics import semantics
from conformance.strategies import FINITE, FLOATS, TAME, arrays, dtype_of, shapes
from conformance.subject import Subject
from conformance.trace import graphs, step, trace
from reference_impls import balls, statistics

WEIGHTED_MOMENTS = "tf.nn.weighted_moments"

AXES = {1: [0], 2: [0], 4: [0, 1, 2]}
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
    used = "float32" if dtype == "float16" else dtype
    if weights_are == "int32":
        weights = weights.astype(np.int32)
    observed = subject.run(
        graphs.statistics.weighted_moments(
            dtype=dtype,
            rank=rank,
            axes=axes,
            weights_dtype=dtype if weights_are == "same" else weights_are,
            keep_dims=keep_dims,
        ),
        trace(step("mean", "variance", x=x, weights=weights)),
    )
    kept = [1 if axis in axes else size for axis, size in enumerate(shape)]
    mean = observed.seen(0, "mean", np.zeros(kept, dtype_of(dtype))).reshape(kept)
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
    weights_shape = shape if whole else [shape[0], *[1] * (rank - 1)]
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
