"""tf.nn.moments: mean and biased variance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.special_values import with_one_special
from conformance.judge import exact, judge
from conformance.marks import api
from conformance.strategies import ALL, FLOATS, TAME, arrays, dtype_of, named, shapes
from conformance.subject import Subject
from conformance.trace import graphs, step, trace
from reference_impls import balls, batch_norm, batch_norm_gradients

MOMENTS = "tf.nn.moments"

axes_of_rank = {
    1: ([0], []),
    2: ([0], [1], [0, 1]),
    3: ([0, 1], [-1]),
    4: ([0, 1, 2], [0, 2, 3], [-3, -2], [0, 1, 2, 3]),
}
# What is known of x's shape early, and the axes.
KEPT: tuple[tuple[list[int | None] | None, list[int]], ...] = (
    ([None, None], [0]),
    (None, [-1]),
    ([None, 3, None], [0, 2]),
    ([2, 3, 2, 3], [0, 1, 2]),
)


@api(MOMENTS)
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("keep_dims", [False, True], ids=["squeezed", "keep_dims"])
@given(data=st.data())
def test_mean_and_variance(
    subject: Subject, dtype: str, keep_dims: bool, data: st.DataObject
) -> None:
    """Mean and biased variance over any axes; float16 is computed in float32."""
    rank = data.draw(st.sampled_from(tuple(axes_of_rank)), label="rank")
    axes = data.draw(st.sampled_from(axes_of_rank[rank]), label="axes")
    shape = data.draw(shapes(rank, 6), label="shape")
    x = data.draw(arrays(dtype, shape, ALL), label="x")
    observed = subject.run(
        graphs.batch_norm.moments(dtype=dtype, rank=rank, axes=axes, keep_dims=keep_dims),
        trace(step("mean", "variance", x=x)),
    )
    mean, variance = batch_norm.moments(balls.ball(x), axes, keep_dims)
    judge(observed, [{"mean": mean, "variance": variance}])


@api(MOMENTS)
@pytest.mark.parametrize("dtype", FLOATS)
@given(data=st.data())
def test_gradient(subject: Subject, dtype: str, data: st.DataObject) -> None:
    """grad_mean / n + 2 grad_variance (x - mean) / n; a shift changes nothing."""
    rank, axes, has_shift = data.draw(
        st.sampled_from([(1, [0], False), (2, [0], True), (4, [0, 1, 2], False)]),
        label="rank, axes, has_shift",
    )
    shape = data.draw(shapes(rank, 5), label="shape")
    kept = [1 if axis in axes else size for axis, size in enumerate(shape)]
    squeezed = [size for axis, size in enumerate(shape) if axis not in axes]
    feeds = {"x": data.draw(arrays(dtype, shape, TAME), label="x")}
    for name in ("grad_mean", "grad_variance", *["shift"] * has_shift):
        feeds[name] = data.draw(arrays(dtype, squeezed, TAME), label=name)
    observed = subject.run(
        graphs.batch_norm.moments_gradient(dtype=dtype, rank=rank, axes=axes, has_shift=has_shift),
        trace(step("mean", "variance", "gradient", **feeds)),
    )
    x = balls.ball(feeds["x"])
    mean, variance = batch_norm.moments(x, axes)
    if dtype == "float16":
        used = batch_norm.moments(balls.cast(x, "float32"), axes, keep_dims=True)[0]
    else:
        used = balls.ball(observed.seen(0, "mean", feeds["grad_mean"]).reshape(kept))
    gradient = batch_norm_gradients.moments(
        x,
        axes,
        used,
        *(balls.ball(feeds[name].reshape(kept)) for name in ("grad_mean", "grad_variance")),
    )
    judge(observed, [{"mean": mean, "variance": variance, "gradient": gradient}])


@api(MOMENTS)
@pytest.mark.parametrize(
    ("dtype", "keepdims_name"),
    [*((dtype, "keep_dims") for dtype in FLOATS), ("float32", "keepdims")],
)
@given(data=st.data())
def test_kept_dimensions_and_their_gradients(
    subject: Subject, dtype: str, keepdims_name: str, data: st.DataObject
) -> None:
    """Both moments, the gradient to x and that one's own, whatever is known of x's shape early."""
    # Of a static count Grappler makes a Reciprocal, which has no bfloat16 kernel before 2.4.
    cases = KEPT[:-1] if dtype == "bfloat16" else KEPT
    known, axes = data.draw(st.sampled_from(cases), label="shape known, axes")
    if known is None:
        shape = data.draw(shapes(3, 5), label="shape")
    else:
        sizes = data.draw(shapes(len(known), 5), label="sizes")
        shape = [size or drawn for size, drawn in zip(known, sizes, strict=True)]
    kept = [1 if axis in {one % len(shape) for one in axes} else n for axis, n in enumerate(shape)]
    feeds = data.draw(named(("x", "grad_gradient"), dtype, shape, TAME), label="x, grad_gradient")
    names = ("grad_mean", "grad_variance")
    feeds |= data.draw(named(names, dtype, kept, TAME), label=", ".join(names))
    observed = subject.run(
        graphs.batch_norm.kept_moments(
            dtype=dtype, shape=known, axes=axes, keepdims_name=keepdims_name
        ),
        trace(step("mean", "variance", "gradient", "of_x", *(f"of_{n}" for n in names), **feeds)),
    )
    of = {name: balls.ball(array) for name, array in feeds.items()}
    mean, variance = batch_norm.moments(of["x"], axes, keep_dims=True)
    used = balls.ball(observed.seen(0, "mean", feeds["grad_mean"]))
    if dtype == "float16":
        used = batch_norm.moments(balls.cast(of["x"], "float32"), axes, keep_dims=True)[0]
    sizes_known = known is not None and None not in known
    gradient = batch_norm_gradients.moments(
        of["x"], axes, used, *(of[name] for name in names), sizes_known=sizes_known
    )
    second = batch_norm_gradients.moments_second(
        of["x"], axes, used, of["grad_variance"], of["grad_gradient"], sizes_known=sizes_known
    )
    judge(observed, [{"mean": mean, "variance": variance, "gradient": gradient, **second}])


@api(MOMENTS)
@pytest.mark.parametrize("dtype", FLOATS)
@given(data=st.data())
def test_nan_and_infinity_stay_in_their_channel(
    subject: Subject, dtype: str, data: st.DataObject
) -> None:
    """One such element leaves the moments of all others as they are."""
    rank, axes = data.draw(
        st.sampled_from([(2, [0]), (2, [1]), (4, [0, 1, 2])]), label="rank, axes"
    )
    shape = data.draw(shapes(rank, 5), label="shape")
    # A channel that stays, beside the one that does not.
    shape = [size if axis in axes else size + 1 for axis, size in enumerate(shape)]
    x = with_one_special(data, data.draw(arrays(dtype, shape, TAME), label="x"))
    observed = subject.run(
        graphs.batch_norm.moments(dtype=dtype, rank=rank, axes=axes, keep_dims=False),
        trace(step("mean", "variance", x=x)),
    )
    mean, variance = batch_norm.moments(balls.ball(x), axes)
    judge(observed, [{"mean": mean, "variance": variance}])


@api(MOMENTS)
@pytest.mark.parametrize("dtype", FLOATS)
def test_empty_input(subject: Subject, dtype: str) -> None:
    """The moments of no elements are NaN; no channels have none."""
    observed = subject.run(
        graphs.batch_norm.moments(dtype=dtype, rank=2, axes=[0], keep_dims=False),
        trace(
            step("mean", "variance", x=np.zeros((0, 3), dtype_of(dtype))),
            step("mean", "variance", x=np.zeros((2, 0), dtype_of(dtype))),
        ),
    )
    nan, nothing = np.full(3, np.nan, dtype_of(dtype)), np.zeros(0, dtype_of(dtype))
    judge(
        observed,
        [
            {"mean": exact(nan), "variance": exact(nan)},
            {"mean": exact(nothing), "variance": exact(nothing)},
        ],
    )
