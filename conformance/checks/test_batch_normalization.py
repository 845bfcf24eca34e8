"""tf.nn.batch_normalization, and batch norm built by hand from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.enlargement import longer
from conformance.judge import exact, judge, judge_fact
from conformance.marks import api
from conformance.strategies import (
    ALL,
    FINITE,
    FLOATS,
    TAME,
    arrays,
    dtype_of,
    named,
    series,
    shapes,
    variants,
)
from conformance.subject import Subject
from conformance.trace import Array, graphs, step, trace
from reference_impls import balls, batch_norm, batch_norm_gradients
from reference_impls import moving_averages as averages

BATCH_NORMALIZATION = "tf.nn.batch_normalization"

EPSILONS = (0.001, 1e-5, 0.1)
variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
# float16 has no statistics worth updating beyond a few elements; the others take any regime.
CHANNELS = longer(3)
# Neither tiny nor huge, and by what powers of two variances then leave the range of 16 bits.
ORDINARY = ("unit", "simple", "offset", "sparse")
EXPONENTS = {"float16": (0, -4, 4), "float32": (0, -14, 24), "float64": (0, -40, 100)}


@api(BATCH_NORMALIZATION)
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("has_offset", [True, False], ids=["offset", "no_offset"])
@pytest.mark.parametrize("has_scale", [True, False], ids=["scale", "no_scale"])
@given(data=st.data())
def test_formula(
    subject: Subject, dtype: str, has_offset: bool, has_scale: bool, data: st.DataObject
) -> None:
    """y = x * inv + (offset - mean * inv), inv = rsqrt(variance + epsilon) * scale.

    Statistics are of the last axis, or have x's rank, with size 1 where they are not kept.
    """
    graph = data.draw(
        variants(rank=(2, 3, 4), full=(False, False, True), epsilon=EPSILONS), label="graph"
    )
    rank, epsilon = graph["rank"], graph["epsilon"]
    shape = data.draw(shapes(rank, 5), label="shape")
    channels = shape[-1:]
    if graph["full"]:
        kept = data.draw(st.sampled_from(((-1,), (1,), (0, 1), range(rank))), label="axes kept")
        channels = [
            size if axis in {a % rank for a in kept} else 1 for axis, size in enumerate(shape)
        ]
    feeds = {
        "x": data.draw(arrays(dtype, shape, ALL), label="x"),
        "mean": data.draw(arrays(dtype, channels, ALL), label="mean"),
        "variance": np.abs(data.draw(arrays(dtype, channels, FINITE), label="variance")),
    }
    if has_offset:
        feeds["offset"] = data.draw(arrays(dtype, channels, FINITE), label="offset")
    if has_scale:
        feeds["scale"] = data.draw(arrays(dtype, channels, FINITE), label="scale")
    judge_formula(subject, dtype, feeds, epsilon)


@api(BATCH_NORMALIZATION)
@pytest.mark.parametrize("dtype", FLOATS)
@given(data=st.data())
def test_equal_sizes(subject: Subject, dtype: str, data: st.DataObject) -> None:
    """Statistics are of the last axis, though the graph knows that they would fit any other."""
    rank = data.draw(st.sampled_from((2, 3, 4)), label="rank")
    feeds = {"x": data.draw(arrays(dtype, [3] * rank, TAME), label="x")}
    feeds |= data.draw(named(("mean", "variance", "offset", "scale"), dtype, [3], TAME))
    feeds["variance"] = np.abs(feeds["variance"])
    judge_formula(subject, dtype, feeds, EPSILONS[0], size=3)


def judge_formula(
    subject: Subject, dtype: str, feeds: dict[str, Array], epsilon: float, **static: Any
) -> None:
    """Normalise what is fed, and judge it; ``static`` are more arguments of the graph."""
    observed = subject.run(
        graphs.batch_norm.batch_normalization(
            dtype=dtype,
            rank=feeds["x"].ndim,
            channels_rank=feeds["mean"].ndim,
            has_offset="offset" in feeds,
            has_scale="scale" in feeds,
            epsilon=epsilon,
            **static,
        ),
        trace(step("y", **feeds)),
    )
    of = {name: balls.ball(array) for name, array in feeds.items()}
    y = batch_norm.batch_normalization(
        of["x"], of["mean"], of["variance"], of.get("offset"), of.get("scale"), epsilon
    )
    judge(observed, [{"y": y}])


@api(BATCH_NORMALIZATION, "tf.nn.moments", "moving_averages.assign_moving_average")
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("by", ["assign_moving_average", "assign"])
@variables
@given(data=st.data())
def test_hand_built_train_then_inference(
    subject: Subject, dtype: str, by: str, use_resource: bool, data: st.DataObject
) -> None:
    """Training updates moving statistics before its output is there; inference normalises by them.

    Each stage is judged from what TensorFlow itself had before it, so every radius is one stage's.
    """
    axes_of_images = (0, 1) if use_resource else (0, 1, 2)
    momenta = (0.9, 0.99) if by == "assign" else (0.99, 0.5)
    graph = data.draw(
        variants(axes=(axes_of_images, (0,)), momentum=momenta, epsilon=EPSILONS[:2]), label="graph"
    )
    axes, momentum, epsilon = list(graph["axes"]), graph["momentum"], graph["epsilon"]
    sizes = data.draw(shapes(len(axes), 5), label="sizes")
    x = data.draw(series(2, dtype, [*sizes, CHANNELS], FINITE), label="xs")
    statistics = ("moving_mean", "moving_variance")
    init = data.draw(
        named((*statistics, "beta", "gamma"), dtype, [CHANNELS], TAME),
        label="moving_mean, moving_variance, beta, gamma",
    )
    init["moving_variance"] = np.abs(init["moving_variance"])
    observed = subject.run(
        graphs.batch_norm.hand_built(
            dtype=dtype,
            use_resource=use_resource,
            channels=CHANNELS,
            axes=axes,
            momentum=momentum,
            epsilon=epsilon,
            moving_average=by == "assign_moving_average",
        ),
        trace(
            step(*statistics),
            step("y_train", "mean", "variance", x=x[0]),
            step(*statistics),
            step("y_train", "mean", "variance", x=x[1]),
            step(*statistics),
            step("y_inference", x=x[0]),
            init=init,
        ),
    )
    judge(observed, _hand_built_reference(observed.steps, init, x, axes, momentum, epsilon, by))


def _hand_built_reference(
    seen: Any,
    init: dict[str, Any],
    x: list[Any],
    axes: list[int],
    momentum: float,
    epsilon: float,
    by: str,
) -> list[dict[str, Any]]:
    beta, gamma = balls.ball(init["beta"]), balls.ball(init["gamma"])
    state: dict[str, Any] = {name: init[name] for name in ("moving_mean", "moving_variance")}
    expected: list[dict[str, Any]] = [dict(state)]
    for n, batch in enumerate(x):
        if len(seen) <= 2 * n + 2:
            return expected  # it stopped with an error, which the judge tells
        trained, after = seen[2 * n + 1], seen[2 * n + 2]
        mean, variance = batch_norm.moments(balls.ball(batch), axes)
        y_train = batch_norm.batch_normalization(
            balls.ball(batch),
            balls.ball(trained["mean"]),
            balls.ball(trained["variance"]),
            beta,
            gamma,
            epsilon,
        )
        expected.append({"y_train": y_train, "mean": mean, "variance": variance})
        expected.append(
            {
                "moving_mean": _moved(state["moving_mean"], trained["mean"], momentum, by),
                "moving_variance": _moved(
                    state["moving_variance"], trained["variance"], momentum, by
                ),
            }
        )
        state = dict(after)
    y_inference = batch_norm.batch_normalization(
        balls.ball(x[0]),
        balls.ball(state["moving_mean"]),
        balls.ball(state["moving_variance"]),
        beta,
        gamma,
        epsilon,
    )
    return [*expected, {"y_inference": y_inference}]


def _moved(before: Any, value: Any, momentum: float, by: str) -> Any:
    """The moving statistic after one update from its own value before."""
    if by == "assign_moving_average":
        rate = averages.decay_rate(momentum, dtype_of(before.dtype.name))
        return exact(*averages.moving_average(before, value, rate))
    return balls.ball(before) * momentum + balls.ball(value) * (1 - momentum)


@api(BATCH_NORMALIZATION)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@given(data=st.data())
def test_statistics_of_another_dtype(subject: Subject, dtype: str, data: st.DataObject) -> None:
    """With statistics in float32 the factor and the shift are cast to x's dtype at the end."""
    epsilon = data.draw(st.sampled_from(EPSILONS[:2]), label="epsilon")
    shape = data.draw(shapes(2, 5), label="shape")
    feeds = {"x": data.draw(arrays(dtype, shape, FINITE), label="x")}
    for name in ("mean", "variance", "offset", "scale"):
        feeds[name] = data.draw(arrays("float32", shape[1:], TAME), label=name)
    feeds["variance"] = np.abs(feeds["variance"])
    observed = subject.run(
        graphs.batch_norm.batch_normalization_of_dtypes(
            dtype=dtype, statistics_dtype="float32", epsilon=epsilon
        ),
        trace(step("y", **feeds)),
    )
    of = {name: balls.ball(array) for name, array in feeds.items()}
    y = batch_norm.batch_normalization(
        of["x"], of["mean"], of["variance"], of["offset"], of["scale"], epsilon
    )
    judge(observed, [{"y": y}])


@api(BATCH_NORMALIZATION)
@pytest.mark.parametrize(
    ("dtype", "statistics_dtype"),
    [
        ("float16", "float32"),
        ("bfloat16", "float32"),
        ("float32", "float16"),
        ("float32", "float64"),
        ("float64", "float32"),
    ],
)
@given(data=st.data())
def test_statistics_beyond_the_range_of_x(
    subject: Subject, dtype: str, statistics_dtype: str, data: st.DataObject
) -> None:
    """Factor and shift are made in the statistics' dtype, however small or large the variance.

    The scale follows the standard deviation, so that a factor is there that x's dtype holds.
    """
    epsilon = data.draw(st.sampled_from((0.001, 1e-12)), label="epsilon")
    exponent = data.draw(st.sampled_from(EXPONENTS[statistics_dtype]), label="exponent")
    shape = data.draw(shapes(2, 5), label="shape")
    feeds = {"x": data.draw(arrays(dtype, shape, ORDINARY), label="x")}
    names = ("mean", "variance", "offset", "scale")
    feeds |= data.draw(named(names, statistics_dtype, shape[1:], ORDINARY), label=", ".join(names))
    feeds["variance"] = np.ldexp(np.abs(feeds["variance"]), 2 * exponent)
    feeds["scale"] = np.ldexp(feeds["scale"], exponent)
    observed = subject.run(
        graphs.batch_norm.batch_normalization_of_dtypes(
            dtype=dtype, statistics_dtype=statistics_dtype, epsilon=epsilon
        ),
        trace(step("y", **feeds)),
    )
    of = {name: balls.ball(array) for name, array in feeds.items()}
    y = batch_norm.batch_normalization(
        of["x"], of["mean"], of["variance"], of["offset"], of["scale"], epsilon
    )
    judge(observed, [{"y": y}])


@api(BATCH_NORMALIZATION)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(data=st.data())
def test_second_order_gradients(subject: Subject, dtype: str, data: st.DataObject) -> None:
    """The gradient to x, grad_y * inv, has gradients to grad_y, variance and scale."""
    epsilon = 0.001
    shape = data.draw(shapes(2, 5), label="shape")
    names = ("x", "grad_y", "grad_gradient")
    feeds = data.draw(named(names, dtype, shape, TAME), label=", ".join(names))
    for name in ("mean", "variance", "offset", "scale"):
        feeds[name] = data.draw(arrays(dtype, shape[1:], TAME), label=name)
    feeds["variance"] = np.abs(feeds["variance"])
    observed = subject.run(
        graphs.batch_norm.batch_normalization_second_gradients(dtype=dtype, epsilon=epsilon),
        trace(step("grad_y", "variance", "scale", **feeds)),
    )
    of = {name: balls.ball(array) for name, array in feeds.items()}
    gradients = batch_norm_gradients.batch_normalization_second(
        of["variance"], of["scale"], epsilon, of["grad_y"], of["grad_gradient"]
    )
    judge(observed, [gradients])
    judge_fact(observed, "unconnected", ["x", "mean", "offset"])


@api(BATCH_NORMALIZATION)
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("has", ["offset_and_scale", "neither"])
@given(data=st.data())
def test_gradients(subject: Subject, dtype: str, has: str, data: st.DataObject) -> None:
    """Gradients to x, mean, variance, offset and scale."""
    affine = has == "offset_and_scale"
    rank = data.draw(st.sampled_from((2, 4)), label="rank")
    shape = data.draw(shapes(rank, 5), label="shape")
    epsilon = 0.001
    feeds = data.draw(named(("x", "grad_y"), dtype, shape, TAME), label="x, grad_y")
    for name in ("mean", "variance", *("offset", "scale") * affine):
        feeds[name] = data.draw(arrays(dtype, shape[-1:], TAME), label=name)
    feeds["variance"] = np.abs(feeds["variance"])
    observed = subject.run(
        graphs.batch_norm.batch_normalization_gradients(
            dtype=dtype, rank=rank, has_offset=affine, has_scale=affine, epsilon=epsilon
        ),
        trace(step(*(name for name in feeds if name != "grad_y"), **feeds)),
    )
    of = {name: balls.ball(array) for name, array in feeds.items()}
    gradients = batch_norm_gradients.batch_normalization(
        of["x"],
        of["mean"],
        of["variance"],
        of.get("offset"),
        of.get("scale"),
        epsilon,
        of["grad_y"],
    )
    judge(observed, [gradients])
