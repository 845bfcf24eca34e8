"""moving_averages.assign_moving_average: the update, its decay, and the slots of zero_debias."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.sizes import LENGTH
from conformance.judge import exact, judge, judge_fact
from conformance.marks import api
from conformance.semantics import semantics
from conformance.strategies import FLOATS, STATIC_DECAYS, arrays, decays, dtype_of, series
from conformance.subject import Subject
from conformance.trace import Array, graphs, step, trace
from reference_impls import moving_averages as reference

ASSIGN = "moving_averages.assign_moving_average"

dtypes = pytest.mark.parametrize("dtype", FLOATS)
variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])


@api(ASSIGN)
@dtypes
@variables
@pytest.mark.parametrize("decay_is", ["number", "float32", "float64", "variable"])
@given(data=st.data())
def test_update(
    subject: Subject, dtype: str, use_resource: bool, decay_is: str, data: st.DataObject
) -> None:
    """variable -= (variable - value) * (1 - decay), 1 - decay rounded in its own dtype first."""
    decay: float | Array
    if decay_is == "number":
        decay = data.draw(st.sampled_from(STATIC_DECAYS), label="decay")
    else:
        drawn = data.draw(decays(), label="decay")
        decay = np.asarray(drawn, "float32" if decay_is == "variable" else decay_is)
    initial = data.draw(arrays(dtype, (LENGTH,)), label="initial")
    values = data.draw(series(2, dtype, (LENGTH,)), label="values")
    feeds = {} if isinstance(decay, float) else {"decay": decay}
    set_decay = [step("set_decay", **feeds)] * (decay_is == "variable")
    updates = []
    for value in values:
        updates += [step("value0", value=value, **feeds), step("variable")]
    observed = subject.run(
        graphs.moving_averages.assign_moving_average(
            dtype=dtype,
            shape=(LENGTH,),
            use_resource=use_resource,
            zero_debias=False,
            decay=decay if isinstance(decay, float) else None,
            decay_dtype="float64" if decay_is == "float64" else "float32",
            decay_variable=decay_is == "variable",
        ),
        trace(*set_decay, *updates, init={"variable": initial}),
    )
    rate = reference.decay_rate(decay, dtype_of(dtype))
    expected: list[dict[str, object]] = [{} for _ in set_decay]
    before = initial
    for n, value in enumerate(values):
        after = exact(*reference.moving_average(before, value, rate))
        expected += [{"value0": after}, {"variable": after}]
        before = observed.seen(len(set_decay) + 2 * n + 1, "variable", initial)
    judge(observed, expected)


@api(ASSIGN)
@dtypes
@variables
@given(data=st.data())
def test_zero_debias(subject: Subject, dtype: str, use_resource: bool, data: st.DataObject) -> None:
    """The slot ``biased`` is the plain average, ``local_step`` counts, and variable is debiased."""
    decay = data.draw(st.sampled_from((0.9, 0.99, 0.5, 1.0)), label="decay")
    values = data.draw(series(3, dtype, (LENGTH,)), label="values")
    zeros = np.zeros(LENGTH, dtype_of(dtype))
    fetched = ("variable", "biased", "local_step")
    # Not a constant of the graph: Grappler makes 0 of what it multiplies by 1 - decay.
    fed = {"decay": np.asarray(decay, np.float32)} if decay == 1 else {}
    steps = [step(*fetched)]
    for value in values:
        steps += [step("update0", value=value, **fed), step(*fetched)]
    observed = subject.run(
        graphs.moving_averages.assign_moving_average(
            dtype=dtype,
            shape=(LENGTH,),
            use_resource=use_resource,
            zero_debias=True,
            decay=None if fed else decay,
        ),
        trace(*steps, init={"variable": zeros}),
    )
    rate = reference.decay_rate(fed.get("decay", decay), dtype_of(dtype))
    by_difference = semantics(subject, "zero_debias_by_difference")
    expected: list[dict[str, object]] = [
        {"variable": zeros, "biased": zeros, "local_step": np.zeros((), dtype_of(dtype))}
    ]
    for n, value in enumerate(values):
        before = observed.seen(2 * n, "biased", zeros)
        biased = exact(*reference.moving_average(before, value, rate))
        local_step = np.asarray(n + 1, dtype_of(dtype))
        debiased = reference.zero_debiased(
            observed.seen(2 * n, "variable", zeros),
            observed.seen(2 * n + 2, "biased", zeros),
            rate,
            local_step,
            by_difference=by_difference,
        )
        expected += [{}, {"variable": debiased, "biased": biased, "local_step": local_step}]
    judge(observed, expected)


@api(ASSIGN)
@variables
@pytest.mark.parametrize("zero_debias", [True, None], ids=["asked", "default"])
def test_slots_of_zero_debias_and_their_names(
    subject: Subject, use_resource: bool, zero_debias: bool | None
) -> None:
    """Each debiased update has slots of its own, numbered after the first, not trainable."""
    observed = subject.run(
        graphs.moving_averages.assign_moving_average(
            dtype="float32",
            shape=(2,),
            use_resource=use_resource,
            zero_debias=zero_debias,
            decay=0.9,
            updates=2,
        ),
        trace(init={"variable": np.zeros(2, np.float32)}),
    )
    slots = ["biased", "biased_1", "local_step", "local_step_1"]
    judge_fact(
        observed,
        "variables",
        ["average/variable", *(f"average/variable/{slot}" for slot in slots)],
    )
    judge_fact(observed, "trainable", [])


@api(ASSIGN)
@variables
def test_no_slots_without_zero_debias(subject: Subject, use_resource: bool) -> None:
    """Without zero_debias there is the variable and nothing else."""
    observed = subject.run(
        graphs.moving_averages.assign_moving_average(
            dtype="float32", shape=(2,), use_resource=use_resource, zero_debias=False, decay=0.9
        ),
        trace(init={"variable": np.zeros(2, np.float32)}),
    )
    judge_fact(observed, "variables", ["average/variable"])
