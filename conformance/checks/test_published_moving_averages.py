"""Moving averages as tutorials publish them: the numbers people compare their own runs with."""

from __future__ import annotations

import functools
import tomllib
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from conformance.data import fixtures_dir
from conformance.judge import exact, judge
from conformance.marks import api
from conformance.subject import Subject
from conformance.trace import Array, graphs, step, trace
from reference_impls import moving_averages as reference

EMA = "tf.train.ExponentialMovingAverage"
variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])


@functools.cache
def published(name: str) -> Any:
    """Return a published result of `fixtures/published.toml`."""
    return tomllib.loads((fixtures_dir() / "published.toml").read_text("utf-8"))[name]


def agrees(value: Array, text: str) -> bool:
    """Whether a float32 prints as the published decimal: it is within half of its last digit."""
    digits = len(text.partition(".")[2])
    return abs(Fraction(float(value)) - Fraction(text)) <= Fraction(1, 2 * 10**digits)


@api(EMA)
@variables
@pytest.mark.parametrize("control", [True, False], ids=["control_dependencies", "in_turn"])
def test_ema_after_assign_add(subject: Subject, use_resource: bool, control: bool) -> None:
    """Rows 9 and 10: 1.1, 1.29, 1.561, whether by control dependencies or by running in turn."""
    shown = published("ema_after_assign_add")["average_w"]
    one_turn = [step("update")] if control else [step("change"), step("update")]
    turn = [*one_turn, step("average_w")]
    observed = subject.run(
        graphs.moving_averages.published_control_dependencies(
            control=control, use_resource=use_resource
        ),
        trace(*(turn * len(shown))),
    )
    w = average = np.asarray(1, np.float32)
    rate = reference.decay_rate(np.float32(0.9), np.dtype(np.float32))
    expected: list[dict[str, Any]] = []
    for text in shown:
        w = np.asarray(w + np.float32(1))
        (average,) = reference.moving_average(average, w, rate)
        assert agrees(average, text), f"the reference gives {average}, published is {text}"
        expected += [{}] * len(one_turn) + [{"average_w": exact(average)}]
    judge(observed, expected)


@api(EMA)
@variables
def test_ema_with_num_updates(subject: Subject, use_resource: bool) -> None:
    """Rows 34 to 36: (0, 0), (5, 4.5), (10, 4.555), (10, 4.60945); it starts at the variable."""
    shown = published("ema_with_num_updates")
    steps = [step("v1", "average")]
    average = np.asarray(0, np.float32)
    expected: list[dict[str, Any]] = [{"v1": average, "average": average}]
    for count, v1, text in list(zip(shown["steps"], shown["v1"], shown["average"], strict=True))[
        1:
    ]:
        value = np.asarray(float(v1), np.float32)
        steps += [
            step("assign_v1", "assign_step", v1=value, step=np.asarray(count, np.int32)),
            step("update"),
            step("v1", "average"),
        ]
        decay = reference.capped_decay(0.99, count)
        rate = reference.decay_rate(decay, np.dtype(np.float32))
        (average,) = reference.moving_average(average, value, rate)
        assert agrees(average, text), f"the reference gives {average}, published is {text}"
        expected += [{}, {}, {"v1": value, "average": exact(average)}]
    observed = subject.run(
        graphs.moving_averages.published_num_updates(use_resource=use_resource), trace(*steps)
    )
    judge(observed, expected)
