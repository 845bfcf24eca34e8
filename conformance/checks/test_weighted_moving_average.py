"""moving_averages.weighted_moving_average: its two slots, their ratio, and weights of zero."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.sizes import LENGTH
from conformance.judge import exact, judge, judge_fact
from conformance.marks import api
from conformance.strategies import FLOATS, TAME, decays, dtype_of, series, variants
from conformance.subject import Subject
from conformance.trace import Array, graphs, step, trace
from reference_impls import moving_averages, weighted_moving_average

WEIGHTED = "moving_averages.weighted_moving_average"
SLOTS = ("value_x_weight", "weight")
# Weights of zero, from the first update on or later, and any others.
WEIGHTS = ("simple", "sparse", "unit", "constant", "tiny", "signed_zeros", "nans")

variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])


@api(WEIGHTED)
@pytest.mark.parametrize("dtype", FLOATS)
@variables
@given(data=st.data())
def test_ratio_of_two_averages(
    subject: Subject, dtype: str, use_resource: bool, data: st.DataObject
) -> None:
    """Average of value * weight over average of weight, both from zero and not debiased."""
    graph = data.draw(
        variants(decay=(None, 0.9, None, 0.5), weight_shape=((), (), (LENGTH,), (LENGTH,))),
        label="graph",
    )
    weight_shape, static_decay = graph["weight_shape"], graph["decay"]
    folded = static_decay is not None
    decay: float | Array = static_decay
    if not folded:
        decay = np.asarray(data.draw(decays(), label="decay"), np.float32)
    values = data.draw(series(3, dtype, (LENGTH,), TAME), label="values")
    weights = data.draw(series(3, dtype, weight_shape, WEIGHTS), label="weights")
    feeds = {} if folded else {"decay": np.asarray(decay)}
    steps = [step(*SLOTS)]
    for value, weight in zip(values, weights, strict=True):
        steps += [step("average", value=value, weight=weight, **feeds), step(*SLOTS)]
    observed = subject.run(
        graphs.weighted_moving_average.weighted_moving_average(
            dtype=dtype,
            shape=[LENGTH],
            weight_shape=list(weight_shape),
            use_resource=use_resource,
            decay=static_decay,
        ),
        trace(*steps),
    )
    rate = moving_averages.decay_rate(decay, dtype_of(dtype))
    zeros = {
        "value_x_weight": np.zeros(LENGTH, dtype_of(dtype)),
        "weight": np.zeros(weight_shape, dtype_of(dtype)),
    }
    expected: list[dict[str, object]] = [{name: exact(zero) for name, zero in zeros.items()}]
    for n, (value, weight) in enumerate(zip(values, weights, strict=True)):
        before, after = (
            {name: observed.seen(at, name, zeros[name]) for name in SLOTS}
            for at in (2 * n, 2 * n + 2)
        )
        average = weighted_moving_average.weighted_average(*(after[name] for name in SLOTS))
        value_x_weight = weighted_moving_average.moved_value_x_weight(
            before["value_x_weight"], value, weight, rate
        )
        moved = moving_averages.moving_average(before["weight"], weight, rate)
        expected += [
            {"average": average},
            {"value_x_weight": exact(*value_x_weight), "weight": exact(*moved)},
        ]
    judge(observed, expected)


@api(WEIGHTED)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [None, "mine"], ids=["default_name", "name"])
def test_slots_and_their_names(subject: Subject, dtype: str, name: str | None) -> None:
    """Two variables below its name, of the shapes of value and weight, not trainable."""
    observed = subject.run(
        graphs.weighted_moving_average.weighted_moving_average(
            dtype=dtype, shape=[3], weight_shape=[], use_resource=False, decay=0.9, name=name
        ),
        trace(),
    )
    scope = name or "WeightedMovingAvg"
    judge_fact(observed, "variables", [f"{scope}/{slot}" for slot in SLOTS])
    judge_fact(observed, "shapes", {"value_x_weight": [3], "weight": []})
    judge_fact(observed, "global_variables", 2)
    judge_fact(observed, "trainable_variables", 0)


@api(WEIGHTED)
def test_averages_without_a_name_have_their_own(subject: Subject) -> None:
    """Each has two variables, whatever was made before it."""
    observed = subject.run(graphs.weighted_moving_average.two(name=None), trace())
    judge_fact(observed, "variables", 4)


@api(WEIGHTED)
def test_collection_of_the_caller(subject: Subject) -> None:
    """With ``collections`` its variables are there and not among the global ones."""
    observed = subject.run(
        graphs.weighted_moving_average.weighted_moving_average(
            dtype="float32",
            shape=[3],
            weight_shape=[],
            use_resource=False,
            decay=0.9,
            collection="mine",
        ),
        trace(step("average", value=np.ones(3, np.float32), weight=np.asarray(2.0, np.float32))),
    )
    judge_fact(observed, "variables", [f"WeightedMovingAvg/{slot}" for slot in SLOTS])
    judge_fact(observed, "global_variables", 0)
    rate = moving_averages.decay_rate(0.9, np.dtype(np.float32))
    (slot,) = moving_averages.moving_average(
        np.zeros(3, np.float32), np.full(3, 2, np.float32), rate
    )
    judge(observed, [{"average": weighted_moving_average.weighted_average(slot, slot[0])}])
