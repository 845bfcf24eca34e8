"""Optimisers: what each step leaves in the variable and in its slots, from what was there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.judge import exact, judge
from conformance.marks import api
from conformance.semantics import semantics
from conformance.strategies import FLOATS, TAME, arrays, dtype_of
from conformance.subject import Observed, Subject
from conformance.trace import Array, GraphSpec, graphs, step, trace
from reference_impls import balls, optimizers
from reference_impls.balls import Ball

SHAPE = (4, 2)
# What a call that leaves them out promises.
RMSPROP_DEFAULTS = {"decay": 0.9, "momentum": 0.0, "epsilon": 1e-10}
ADADELTA_DEFAULTS = {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-8}

dtypes = pytest.mark.parametrize("dtype", FLOATS)
variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])

# The rows a step touches, its gradient there, and what was in var and slots before and after.
Rows = list[int]
State = Mapping[str, Array]
StepReference = Callable[[State, State, Array, Rows], dict[str, Ball]]


def graph_of(
    name: str,
    dtype: str,
    use_resource: bool,
    sparse: bool,
    options: Mapping[str, Any],
    **static: Any,
) -> GraphSpec:
    """Return the graph of one step of an optimiser."""
    spec: GraphSpec = graphs.optimizers.optimizer(
        optimizer_name=name,
        dtype=dtype,
        use_resource=use_resource,
        sparse=sparse,
        options=dict(options),
        **static,
    )
    return spec


def run_steps(
    subject: Subject,
    spec: GraphSpec,
    slots: list[str],
    data: st.DataObject,
    dtype: str,
    sparse: bool,
    initial_slots: Mapping[str, float],
    reference: StepReference,
) -> None:
    """Run three steps and judge the state after each from the one TensorFlow had before."""
    fetched = ("var", *slots)
    init = data.draw(arrays(dtype, SHAPE, TAME), label="var")
    fed: list[dict[str, Array]] = []
    for n in range(3):
        if not sparse:
            fed.append({"grad": data.draw(arrays(dtype, SHAPE, TAME), label=f"grad {n}")})
            continue
        indices = data.draw(st.sampled_from([[2], [0, 3], [1, 1, 3]]), label=f"indices {n}")
        values = data.draw(arrays(dtype, (len(indices), 2), TAME), label=f"grad {n}")
        fed.append({"grad": values, "indices": np.asarray(indices, np.int32)})
    steps = [step(*fetched)]
    for feeds in fed:
        steps += [step("apply", **feeds), step(*fetched)]
    observed = subject.run(spec, trace(*steps, init={"var": init}))
    start = {"var": init} | {
        slot: np.full(SHAPE, initial_slots.get(slot, 0), dtype_of(dtype)) for slot in slots
    }
    expected: list[dict[str, object]] = [{name: exact(value) for name, value in start.items()}]
    for n, feeds in enumerate(fed):
        before, after = state(observed, 2 * n, start), state(observed, 2 * n + 2, start)
        rows = feeds["indices"].tolist() if sparse else list(range(SHAPE[0]))
        touched = reference(before, after, feeds["grad"], rows)
        expected += [{}, {name: merged(before[name], touched[name], rows) for name in fetched}]
    judge(observed, expected)


def state(observed: Observed, at: int, otherwise: State) -> State:
    """Return what var and slots held at a step."""
    return {name: observed.seen(at, name, value) for name, value in otherwise.items()}


def merged(before: Array, touched: Ball, rows: Rows) -> Ball:
    """Put the rows that a step touched among those it left as they were, bit for bit."""
    order = list(dict.fromkeys(rows))
    kept = balls.FORMATS[touched.dtype].wide
    untouched = Ball(before.astype(kept), np.zeros(SHAPE, kept), touched.dtype)
    return balls.stack(
        [touched[order.index(row)] if row in order else untouched[row] for row in range(SHAPE[0])]
    )


def of_rows(state_then: State, rows: Rows) -> dict[str, Ball]:
    """Return the rows a step touches, each once."""
    order = list(dict.fromkeys(rows))
    return {name: balls.ball(value[order]) for name, value in state_then.items()}


@api("tf.train.GradientDescentOptimizer")
@dtypes
@variables
@given(data=st.data())
def test_gradient_descent(
    subject: Subject, dtype: str, use_resource: bool, data: st.DataObject
) -> None:
    """The step is var -= learning_rate * grad; duplicate slices each take their step."""
    sparse = data.draw(st.booleans(), label="sparse")
    learning_rate = data.draw(st.sampled_from((0.1, 2.0)), label="learning_rate")
    lr = optimizers.hyperparameter(learning_rate, dtype_of(dtype))
    if sparse and use_resource and not semantics(subject, "sparse_descent_rate_is_float32"):
        lr = balls.ball(learning_rate, dtype)
    spec = graph_of(
        "GradientDescentOptimizer", dtype, use_resource, sparse, {"learning_rate": learning_rate}
    )
    run_steps(subject, spec, [], data, dtype, sparse, {}, descent(lr, sparse))


def descent(lr: Ball, sparse: bool) -> StepReference:
    """A step of GradientDescentOptimizer."""

    def reference(before: State, _: State, grad: Array, rows: Rows) -> dict[str, Ball]:
        was = of_rows(before, rows)["var"]
        if not sparse:
            return {"var": optimizers.gradient_descent(was, balls.ball(grad), lr)}
        order, at = list(dict.fromkeys(rows)), np.asarray(rows)
        return {
            "var": balls.stack(
                [
                    optimizers.scattered_descent(
                        was[n], [balls.ball(one) for one in grad[at == row]], lr
                    )
                    for n, row in enumerate(order)
                ]
            )
        }

    return reference


@api("tf.train.MomentumOptimizer")
@dtypes
@variables
@given(data=st.data())
def test_momentum(subject: Subject, dtype: str, use_resource: bool, data: st.DataObject) -> None:
    """The step is accum = momentum * accum + grad; var -= lr * accum, or Nesterov's."""
    sparse = data.draw(st.booleans(), label="sparse")
    use_nesterov = data.draw(st.booleans(), label="use_nesterov")
    options = {"learning_rate": 0.1, "momentum": 0.9, "use_nesterov": use_nesterov}
    spec = graph_of("MomentumOptimizer", dtype, use_resource, sparse, options)
    run_steps(subject, spec, ["momentum"], data, dtype, sparse, {}, momentum(dtype, options))


def momentum(dtype: str, options: Mapping[str, Any]) -> StepReference:
    """A step of MomentumOptimizer."""
    lr, mu = (
        optimizers.hyperparameter(options[name], dtype_of(dtype))
        for name in ("learning_rate", "momentum")
    )

    def reference(before: State, after: State, grad: Array, rows: Rows) -> dict[str, Ball]:
        was, now = of_rows(before, rows), of_rows(after, rows)
        total, _ = optimizers.summed_slices(grad, rows)
        return {
            "momentum": optimizers.momentum_accumulated(was["momentum"], total, mu),
            "var": optimizers.momentum_applied(
                was["var"], now["momentum"], total, lr, mu, use_nesterov=options["use_nesterov"]
            ),
        }

    return reference


@api("tf.train.RMSPropOptimizer")
@dtypes
@variables
@pytest.mark.parametrize("centered", [False, True], ids=["plain", "centered"])
@given(data=st.data())
def test_rmsprop(
    subject: Subject,
    dtype: str,
    use_resource: bool,
    centered: bool,
    data: st.DataObject,
) -> None:
    """Moving averages of grad**2, from 1, and of grad; momentum of grad / root; var -= momentum."""
    sparse = data.draw(st.booleans(), label="sparse")
    given_options = data.draw(
        st.sampled_from([{}, {"decay": 0.5, "momentum": 0.9, "epsilon": 0.01}]), label="options"
    ) | {"learning_rate": 0.1, "centered": centered}
    slots = ["mg"] * centered + ["momentum", "rms"]
    spec = graph_of("RMSPropOptimizer", dtype, use_resource, sparse, given_options)
    reference = rmsprop(dtype, RMSPROP_DEFAULTS | given_options, sparse)
    run_steps(subject, spec, slots, data, dtype, sparse, {"rms": 1}, reference)


def rmsprop(dtype: str, options: Mapping[str, Any], sparse: bool) -> StepReference:
    """A step of RMSPropOptimizer."""
    lr, rho, mu, eps = (
        optimizers.hyperparameter(options[name], dtype_of(dtype))
        for name in ("learning_rate", "decay", "momentum", "epsilon")
    )
    average = optimizers.weighed if sparse else optimizers.moved

    def reference(before: State, after: State, grad: Array, rows: Rows) -> dict[str, Ball]:
        was, now = of_rows(before, rows), of_rows(after, rows)
        total, _ = optimizers.summed_slices(grad, rows)
        left = {
            "rms": average(was["rms"], balls.square(total), rho),
            "momentum": optimizers.rms_momentum(
                was["momentum"], now["rms"], now.get("mg"), total, lr, mu, eps, sparse=sparse
            ),
            "var": was["var"] - now["momentum"],
        }
        if options["centered"]:
            left["mg"] = average(was["mg"], total, rho)
        return left

    return reference


@api("tf.train.AdadeltaOptimizer")
@dtypes
@variables
@given(data=st.data())
def test_adadelta(subject: Subject, dtype: str, use_resource: bool, data: st.DataObject) -> None:
    """Moving averages of grad**2 and of update**2; update = grad times the ratio of their roots."""
    sparse = data.draw(st.booleans(), label="sparse")
    # An epsilon of 1e-8 is 0 in float16, and then both sums may be.
    defaults: list[dict[str, float]] = [{}] if dtype != "float16" else []
    options = data.draw(
        st.sampled_from(
            [
                *defaults,
                {"learning_rate": 1.0, "epsilon": 1e-3},
                {"learning_rate": 1.0, "rho": 0.5, "epsilon": 0.1},
            ]
        ),
        label="options",
    )
    slots = ["accum", "accum_update"]
    spec = graph_of("AdadeltaOptimizer", dtype, use_resource, sparse, options)
    reference = adadelta(dtype, ADADELTA_DEFAULTS | options)
    run_steps(subject, spec, slots, data, dtype, sparse, {}, reference)


def adadelta(dtype: str, options: Mapping[str, Any]) -> StepReference:
    """A step of AdadeltaOptimizer."""
    lr, rho, eps = (
        optimizers.hyperparameter(options[name], dtype_of(dtype))
        for name in ("learning_rate", "rho", "epsilon")
    )

    def reference(before: State, after: State, grad: Array, rows: Rows) -> dict[str, Ball]:
        was, now = of_rows(before, rows), of_rows(after, rows)
        total, _ = optimizers.summed_slices(grad, rows)
        update = optimizers.adadelta_update(was["accum_update"], now["accum"], total, eps)
        return {
            "accum": optimizers.weighed(was["accum"], balls.square(total), rho),
            "accum_update": optimizers.weighed(was["accum_update"], balls.square(update), rho),
            "var": was["var"] - update * lr,
        }

    return reference
