"""Batch normalisation as people wrote it around tf.train.ExponentialMovingAverage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.sizes import few_examples
from conformance.enlargement import longer
from conformance.judge import exact, judge, judge_fact
from conformance.marks import api, published
from conformance.strategies import TAME, arrays, dtype_of, named, series, shapes
from conformance.trace import graphs, step, trace
from reference_impls import balls, batch_norm, batch_norm_gradients, moving_averages, optimizers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.subject import Subject
    from conformance.trace import Array
    from reference_impls.balls import Ball

CHANNELS = longer(2)
DECAY, EPSILON, RATE = 0.9, 0.001, 0.125
STATISTICS = ("mean", "variance")
AVERAGES = ("average_mean", "average_variance")
variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])


def normalized(x: Array, statistics: Iterable[Array], beta: Array, gamma: Array) -> Ball:
    """What the layers make of ``x`` by a mean and a variance that TensorFlow had."""
    mean, variance = map(balls.ball, statistics)
    return batch_norm.batch_normalization(
        balls.ball(x), mean, variance, balls.ball(beta), balls.ball(gamma), EPSILON
    )


def followed(before: Mapping[str, Array], now: Mapping[str, Array]) -> dict[str, Any]:
    """The averages after an update from the statistics TensorFlow has now, bit for bit."""
    moved: dict[str, Any] = {}
    for average, statistic in zip(AVERAGES, STATISTICS, strict=True):
        value = now[statistic]
        rate = moving_averages.decay_rate(np.float32(DECAY), value.dtype)
        moved[average] = exact(*moving_averages.moving_average(before[average], value, rate))
    return moved


@api("tf.train.ExponentialMovingAverage")
@pytest.mark.parametrize("dtype", [pytest.param("float32", marks=published(15)), "float64"])
@variables
@few_examples
@given(data=st.data())
def test_averages_of_assigned_statistics(
    subject: Subject, dtype: str, use_resource: bool, data: st.DataObject
) -> None:
    """Each step assigns the batch's statistics, then optimises, then averages what was assigned."""
    normalization = data.draw(
        st.sampled_from(("batch_normalization", "batch_norm_with_global_normalization")),
        label="normalization",
    )
    init = data.draw(
        named((*STATISTICS, "beta", "gamma"), dtype, [CHANNELS], TAME),
        label="mean, variance, beta, gamma",
    )
    init["variance"] = np.abs(init["variance"])
    shape = [*data.draw(shapes(3, 3), label="N, H, W"), CHANNELS]
    count = data.draw(st.sampled_from((1, 2, 6)), label="steps")
    batches = [
        {
            name: data.draw(arrays(dtype, shape, TAME), label=f"{name} {n}")
            for name in ("shown", "x", "target")
        }
        for n in range(count)
    ]
    kept = (*init, *AVERAGES)
    steps = []
    for batch in batches:
        # Another batch's statistics are in the variables when the step begins.
        steps += [
            step("y_train", x=batch["shown"]),
            step(*STATISTICS),
            step("train", x=batch["x"], target=batch["target"]),
            step(*kept),
        ]
    last = batches[-1]["x"]
    graph = graphs.hand_built.assigned_statistics(
        dtype=dtype,
        use_resource=use_resource,
        channels=CHANNELS,
        decay=DECAY,
        epsilon=EPSILON,
        rate=RATE,
        normalization=normalization,
    )
    observed = subject.run(graph, trace(*steps, step("y_inference", x=last), init=init))
    state = init | dict(zip(AVERAGES, (init[name] for name in STATISTICS), strict=True))
    expected: list[dict[str, Any]] = []
    for n, batch in enumerate(batches):
        assigned = [observed.seen(4 * n + 1, name, state[name]) for name in STATISTICS]
        after = {name: observed.seen(4 * n + 3, name, state[name]) for name in kept}
        shown, trained = (
            dict(zip(STATISTICS, batch_norm.moments(balls.ball(x), (0, 1, 2)), strict=True))
            for x in (batch["shown"], batch["x"])
        )
        expected += [
            {"y_train": normalized(batch["shown"], assigned, state["beta"], state["gamma"])},
            shown,
            {},
            {
                **trained,
                **optimized(batch, state, after),
                **followed(state, after),
            },
        ]
        state = after
    averages = [state[name] for name in AVERAGES]
    y_inference = normalized(last, averages, state["beta"], state["gamma"])
    judge(observed, [*expected, {"y_inference": y_inference}])
    judge_fact(observed, "trained", ["beta", "gamma"])


def optimized(
    batch: Mapping[str, Array], before: Mapping[str, Array], after: Mapping[str, Array]
) -> dict[str, Ball]:
    """beta and gamma after a step of gradient descent on sum(y * target)."""
    beta, gamma = (balls.ball(before[name]) for name in ("beta", "gamma"))
    mean, variance = (balls.ball(after[name]) for name in STATISTICS)
    gradients = batch_norm_gradients.batch_normalization(
        balls.ball(batch["x"]), mean, variance, beta, gamma, EPSILON, balls.ball(batch["target"])
    )
    rate = optimizers.hyperparameter(RATE, dtype_of(beta.dtype))
    return {
        "beta": optimizers.gradient_descent(beta, gradients["offset"], rate),
        "gamma": optimizers.gradient_descent(gamma, gradients["scale"], rate),
    }


@api("tf.cond")
@pytest.mark.parametrize("dtype", [pytest.param("float32", marks=published(32)), "float64"])
@variables
@given(data=st.data())
def test_averages_applied_in_a_branch(
    subject: Subject, dtype: str, use_resource: bool, data: st.DataObject
) -> None:
    """Training normalises by the batch and moves the averages; inference reads and keeps them."""
    axes = data.draw(st.sampled_from([[0], [0, 1, 2]]), label="axes")
    init = data.draw(named(("beta", "gamma"), dtype, [CHANNELS], TAME), label="beta, gamma")
    shape = [*data.draw(shapes(len(axes), 3), label="shape"), CHANNELS]
    flags = data.draw(
        st.sampled_from([(True, False), (False, True, False), (True,) * 5 + (False,)]),
        label="is_training",
    )
    xs = data.draw(series(len(flags), dtype, shape, TAME), label="xs")
    steps = []
    for x, flag in zip(xs, flags, strict=True):
        steps += [
            step("y", *STATISTICS, x=x, is_training=np.asarray(flag)),
            step(*AVERAGES),
        ]
    graph = graphs.hand_built.branches(
        dtype=dtype,
        use_resource=use_resource,
        channels=CHANNELS,
        axes=axes,
        decay=DECAY,
        epsilon=EPSILON,
    )
    observed = subject.run(graph, trace(*steps, init=init))
    state: dict[str, Array] = dict.fromkeys(AVERAGES, np.zeros(CHANNELS, dtype_of(dtype)))
    expected: list[dict[str, Any]] = []
    for n, (x, flag) in enumerate(zip(xs, flags, strict=True)):
        mean, variance = batch_norm.moments(balls.ball(x), axes)
        of_batch = {name: observed.seen(2 * n, name, init["beta"]) for name in STATISTICS}
        used = of_batch if flag else state
        y = normalized(x, used.values(), init["beta"], init["gamma"])
        expected += [
            {"y": y, "mean": mean, "variance": variance},
            followed(state, of_batch) if flag else dict(state),
        ]
        state = {name: observed.seen(2 * n + 1, name, state[name]) for name in AVERAGES}
    judge(observed, expected)
