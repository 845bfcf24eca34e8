"""tf.train.ExponentialMovingAverage over tensors: averages that start at zero."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.sizes import LENGTH
from conformance.judge import exact, judge, judge_fact
from conformance.marks import api, published
from conformance.semantics import semantics
from conformance.strategies import FLOATS, TAME, dtype_of, series
from conformance.subject import Subject
from conformance.trace import Array, graphs, step, trace
from reference_impls import balls
from reference_impls import moving_averages as reference

EMA = "tf.train.ExponentialMovingAverage"

dtypes = pytest.mark.parametrize("dtype", FLOATS)
variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
LOSSES = ("mean_square", "sum_abs", "total")


@api(EMA)
@dtypes
@pytest.mark.parametrize("zero_debias", [False, True], ids=["biased", "zero_debias"])
@variables
@given(data=st.data())
def test_average_of_a_tensor_starts_at_zero(
    subject: Subject, dtype: str, zero_debias: bool, use_resource: bool, data: st.DataObject
) -> None:
    """The average of a tensor starts at zero; with zero_debias it is divided by 1 - decay**t.

    The decay may be capped by num_updates, which is not t.
    """
    num_updates = data.draw(st.sampled_from((None, "fed")), label="num_updates")
    decay = np.float32(data.draw(st.sampled_from((0.9, 0.99, 0.5, 0.25)), label="decay"))
    values = data.draw(series(3, dtype, (LENGTH,)), label="values")
    graph = graphs.moving_averages_of_tensors.ema_of_tensor(
        dtype=dtype,
        shape=(LENGTH,),
        zero_debias=zero_debias,
        use_resource=use_resource,
        num_updates=num_updates,
    )
    slots = ("biased", "local_step") if zero_debias else ()
    steps = [step("average", *slots)]
    counts = [None if num_updates is None else 7 * n for n in range(len(values))]
    for count, value in zip(counts, values, strict=True):
        feeds = {"value": value, "decay": np.asarray(decay)}
        if count is not None:
            feeds["num_updates"] = np.asarray(count, np.int64)
        steps += [step("update", **feeds), step("average", *slots)]
    observed = subject.run(graph, trace(*steps))
    zeros = np.zeros(LENGTH, dtype_of(dtype))
    expected: list[dict[str, object]] = [{"average": zeros}]
    if zero_debias:
        expected[0] |= {"biased": zeros, "local_step": np.zeros((), dtype_of(dtype))}
    for n, (count, value) in enumerate(zip(counts, values, strict=True)):
        rate = reference.decay_rate(reference.capped_decay(decay, count), dtype_of(dtype))
        plain = "biased" if zero_debias else "average"
        before = observed.seen(2 * n, plain, zeros)
        moved = exact(*reference.moving_average(before, value, rate))
        if not zero_debias:
            expected += [{}, {"average": moved}]
            continue
        local_step = np.asarray(n + 1, dtype_of(dtype))
        debiased = reference.zero_debiased(
            observed.seen(2 * n, "average", zeros),
            observed.seen(2 * n + 2, "biased", zeros),
            rate,
            local_step,
            by_difference=semantics(subject, "zero_debias_by_difference"),
        )
        expected += [{}, {"biased": moved, "local_step": local_step, "average": debiased}]
    judge(observed, expected)


@api(EMA)
@pytest.mark.parametrize("dtype", [pytest.param("float32", marks=published(21)), "float64"])
@variables
@given(data=st.data())
def test_losses_are_averaged_as_they_are_computed(
    subject: Subject, dtype: str, use_resource: bool, data: st.DataObject
) -> None:
    """An update averages the losses of its own run, with a decay that the step caps.

    They start at zero, and without zero_debias they stay short of the losses.
    """
    decay = 0.999
    xs = data.draw(series(3, dtype, [3], TAME), label="xs")
    averages = tuple(f"average_{name}" for name in LOSSES)
    steps = []
    for x in xs:
        steps += [step("update", *LOSSES, x=x), step(*averages), step("raise")]
    graph = graphs.moving_averages_of_tensors.ema_of_losses(
        dtype=dtype, use_resource=use_resource, decay=decay
    )
    observed = subject.run(graph, trace(*steps))
    zero = np.zeros((), dtype_of(dtype))
    before: dict[str, Array] = dict.fromkeys(averages, zero)
    expected: list[Mapping[str, object]] = []
    for n, x in enumerate(xs):
        losses = {name: observed.seen(3 * n, name, zero) for name in LOSSES}
        rate = reference.decay_rate(reference.capped_decay(decay, n), dtype_of(dtype))
        moved = {
            f"average_{name}": exact(
                *reference.moving_average(before[f"average_{name}"], loss, rate)
            )
            for name, loss in losses.items()
        }
        of = balls.ball(x)
        mean_square, sum_abs = balls.mean(balls.square(of), 0), balls.sum(balls.absolute(of), 0)
        computed = {
            "mean_square": mean_square,
            "sum_abs": sum_abs,
            "total": balls.ball(losses["mean_square"]) + balls.ball(losses["sum_abs"]),
        }
        expected += [computed, moved, {}]
        before = {name: observed.seen(3 * n + 1, name, zero) for name in averages}
    judge(observed, expected)
    judge_fact(observed, "average_names", [f"{name}/ExponentialMovingAverage" for name in LOSSES])
    judge_fact(observed, "shadow_trainable", [False] * len(LOSSES))
    judge_fact(observed, "moving_average_variables", [])
