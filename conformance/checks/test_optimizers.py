"""Optimisers: what each step leaves in the variable and in its slots, from what was there."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.enlargement import longer
from conformance.judge import exact, judge
from conformance.marks import api
from conformance.semantics import semantics
from conformance.strategies import FLOATS, TAME, arrays, dtype_of, series, variants
from conformance.subject import Subject
from conformance.trace import Array, GraphSpec, graphs, step, trace
from reference_impls import balls, optimizers
from reference_impls.balls import Ball

SHAPE = (4, longer(5))
# What a call that leaves them out promises.
RMSPROP_DEFAULTS = {"decay": 0.9, "momentum": 0.0, "epsilon": 1e-10}
ADADELTA_DEFAULTS = {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-8}
ADAM_DEFAULTS = {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}

dtypes = pytest.mark.parametrize("dtype", FLOATS)
variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])

# What the rows that steps touch hold after them, by the name of variable or slot: from what was
# there before, from what is there now, and from the slices of the gradient.
Rows = Mapping[str, Ball]
StepReference = Callable[[Rows, Rows, Sequence[Array]], dict[str, Ball]]

STEPS = 3
# The rows of one step's sparse gradient: one, several, one of them twice.
SPARSE = ([2], [0, 3], [1, 1, 3])


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
        shape=SHAPE,
        use_resource=use_resource,
        sparse=sparse,
        options=dict(options),
        **static,
    )
    return spec


@dataclass(frozen=True)
class Kept:
    """What an optimiser keeps beside the variable, by name, and what it starts with.

    ``slots`` have the variable's shape; ``powers`` are numbers, which every step multiplies by what
    they started with. ``every_row``: a sparse gradient, too, moves all rows.
    """

    slots: Mapping[str, float]
    powers: Mapping[str, float] = field(default_factory=dict)
    every_row: bool = False


def kept_by(name: str, options: Mapping[str, Any]) -> Kept:
    """Return what an optimiser with these options keeps."""
    if name == "AdamOptimizer":
        betas = ADAM_DEFAULTS | dict(options)
        powers = {"beta1_power": betas["beta1"], "beta2_power": betas["beta2"]}
        return Kept({"m": 0.0, "v": 0.0}, powers, every_row=True)
    centered = {"mg": 0.0} if options.get("centered") else {}
    slots: dict[str, dict[str, float]] = {
        "MomentumOptimizer": {"momentum": 0.0},
        "RMSPropOptimizer": centered | {"momentum": 0.0, "rms": 1.0},
        "AdadeltaOptimizer": {"accum": 0.0, "accum_update": 0.0},
        "AdagradOptimizer": {"accumulator": options.get("initial_accumulator_value", 0.1)},
    }
    return Kept(slots.get(name, {}))


@dataclass(frozen=True)
class Inputs:
    """What a variable starts with, and for each step a gradient and the rows it is of."""

    var: Array
    gradients: Sequence[Array]  # of SHAPE; a step has as many of its rows as it touches
    sparse: bool
    rows: Sequence[Sequence[int]]


def inputs(data: st.DataObject, dtype: str, sparse: bool) -> Inputs:
    """Draw the inputs of steps."""
    var = data.draw(arrays(dtype, SHAPE, TAME), label="var")
    gradients = data.draw(series(STEPS, dtype, SHAPE, TAME), label="gradients")
    first = data.draw(st.sampled_from(range(STEPS)), label="first rows") if sparse else 0
    return Inputs(var, gradients, sparse, rows_from(first, sparse))


def graphs_of(swapped: bool, **options: Sequence[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Dense with the first of two options and sparse with the other; ``swapped``: the reverse.

    A check has half of the graphs, and the one of the other kind of variable has the other half.
    """
    return variants(sparse=(True, False) if swapped else (False, True), **options)


def rows_from(first: int, sparse: bool) -> list[list[int]]:
    """Return the rows of each step's gradient."""
    if not sparse:
        return [list(range(SHAPE[0]))] * STEPS
    return [SPARSE[(first + n) % STEPS] for n in range(STEPS)]


def run_steps(
    subject: Subject,
    spec: GraphSpec,
    kept: Kept,
    given_inputs: Inputs,
    reference: StepReference,
) -> None:
    """Run three steps and judge the state after each from the one TensorFlow had before."""
    fetched = ("var", *kept.slots, *kept.powers)
    init, rows = given_inputs.var, given_inputs.rows
    fed = [{"grad": given_inputs.gradients[n][: len(rows[n])]} for n in range(STEPS)]
    if given_inputs.sparse:
        for feeds, indices in zip(fed, rows, strict=True):
            feeds["indices"] = np.asarray(indices, np.int32)
    steps = [step(*fetched)]
    for feeds in fed:
        steps += [step("apply", **feeds), step(*fetched)]
    observed = subject.run(spec, trace(*steps, init={"var": init}))
    start = {"var": init} | {
        slot: np.full(SHAPE, value, init.dtype) for slot, value in kept.slots.items()
    }
    factors = {name: np.asarray(value, np.float32) for name, value in kept.powers.items()}
    states = {
        name: np.stack([observed.seen(2 * n, name, value) for n in range(STEPS + 1)])
        for name, value in (start | factors).items()
    }
    at, slices = touched([feeds["grad"] for feeds in fed], rows, every_row=kept.every_row)
    # Kernels have the powers in the variable's dtype; each row, those of its step.
    powers = {
        name: balls.ball(states[name][at[0]].astype(init.dtype)[:, np.newaxis]) for name in factors
    }
    left = reference(
        {name: balls.ball(states[name][:-1][at]) for name in start} | powers,
        {name: balls.ball(states[name][1:][at]) for name in start},
        slices,
    )
    after = {name: merged(states[name][:-1], at, left[name]) for name in start} | {
        name: states[name][:-1] * factor for name, factor in factors.items()
    }
    expected: list[dict[str, object]] = [
        {name: exact(value) for name, value in (start | factors).items()}
    ]
    for n in range(STEPS):
        expected += [{}, {name: value[n] for name, value in after.items()}]
    judge(observed, expected)


def touched(
    gradients: Sequence[Array], rows: Sequence[Sequence[int]], *, every_row: bool
) -> tuple[tuple[list[int], list[int]], list[Array]]:
    """Return which rows of which steps are touched, and their slices (`summed_slices`).

    With ``every_row`` those without a slice are touched by one of zeros.
    """
    slices: dict[tuple[int, int], list[Array]] = {}
    for n, (gradient, indices) in enumerate(zip(gradients, rows, strict=True)):
        for one, row in zip(gradient, indices, strict=True):
            slices.setdefault((n, row), []).append(one)
        for row in range(SHAPE[0]) if every_row else ():
            slices.setdefault((n, row), [np.zeros_like(gradient[0])])
    order = sorted(slices, key=lambda place: len(slices[place]))
    alike = [
        np.stack([slices[place] for place in places], 1)
        for _, places in itertools.groupby(order, lambda place: len(slices[place]))
    ]
    return ([n for n, _ in order], [row for _, row in order]), alike


def merged(before: Array, at: tuple[list[int], list[int]], left: Ball) -> Ball:
    """Put the rows that steps touched among those they left as they were, bit for bit."""
    centre = before.astype(left.format.wide)
    radius = np.zeros_like(centre)
    centre[at], radius[at] = left.centre, left.radius
    return Ball(centre, radius, left.format)


@api("tf.train.GradientDescentOptimizer")
@dtypes
@variables
@given(data=st.data())
def test_gradient_descent(
    subject: Subject, dtype: str, use_resource: bool, data: st.DataObject
) -> None:
    """The step is var -= learning_rate * grad; duplicate slices each take their step."""
    graph = data.draw(graphs_of(use_resource, learning_rate=(0.1, 2.0)), label="graph")
    sparse, learning_rate = graph["sparse"], graph["learning_rate"]
    lr = optimizers.hyperparameter(learning_rate, dtype_of(dtype))
    if sparse and use_resource and not semantics(subject, "sparse_descent_rate_is_float32"):
        lr = balls.ball(learning_rate, dtype)
    spec = graph_of(
        "GradientDescentOptimizer", dtype, use_resource, sparse, {"learning_rate": learning_rate}
    )
    run_steps(subject, spec, Kept({}), inputs(data, dtype, sparse), descent(lr, sparse))


def descent(lr: Ball, sparse: bool) -> StepReference:
    """A step of GradientDescentOptimizer."""

    def reference(was: Rows, _: Rows, slices: Sequence[Array]) -> dict[str, Ball]:
        if sparse:
            return {"var": optimizers.scattered_descent(was["var"], slices, lr)}
        grad = optimizers.summed_slices(slices)
        return {"var": optimizers.gradient_descent(was["var"], grad, lr)}

    return reference


@api("tf.train.MomentumOptimizer")
@dtypes
@variables
@given(data=st.data())
def test_momentum(subject: Subject, dtype: str, use_resource: bool, data: st.DataObject) -> None:
    """The step is accum = momentum * accum + grad; var -= lr * accum, or Nesterov's."""
    graph = data.draw(graphs_of(use_resource, use_nesterov=(False, True)), label="graph")
    sparse, use_nesterov = graph["sparse"], graph["use_nesterov"]
    options = {"learning_rate": 0.1, "momentum": 0.9, "use_nesterov": use_nesterov}
    spec = graph_of("MomentumOptimizer", dtype, use_resource, sparse, options)
    kept = kept_by("MomentumOptimizer", options)
    run_steps(subject, spec, kept, inputs(data, dtype, sparse), momentum(dtype, options))


def momentum(dtype: str, options: Mapping[str, Any]) -> StepReference:
    """A step of MomentumOptimizer."""
    lr, mu = (
        optimizers.hyperparameter(options[name], dtype_of(dtype))
        for name in ("learning_rate", "momentum")
    )

    def reference(was: Rows, now: Rows, slices: Sequence[Array]) -> dict[str, Ball]:
        total = optimizers.summed_slices(slices)
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
    swapped = use_resource != centered
    graph = data.draw(graphs_of(swapped, options=("defaults", "others")), label="graph")
    sparse = graph["sparse"]
    given_options: dict[str, Any] = {"learning_rate": 0.1, "centered": centered}
    if graph["options"] == "others":
        given_options |= {"decay": 0.5, "momentum": 0.9, "epsilon": 0.01}
    spec = graph_of("RMSPropOptimizer", dtype, use_resource, sparse, given_options)
    kept = kept_by("RMSPropOptimizer", given_options)
    reference = rmsprop(dtype, given_options, sparse)
    run_steps(subject, spec, kept, inputs(data, dtype, sparse), reference)


def rmsprop(dtype: str, options: Mapping[str, Any], sparse: bool) -> StepReference:
    """A step of RMSPropOptimizer."""
    given_or_not = RMSPROP_DEFAULTS | dict(options)
    lr, rho, mu, eps = (
        optimizers.hyperparameter(given_or_not[name], dtype_of(dtype))
        for name in ("learning_rate", "decay", "momentum", "epsilon")
    )
    average = optimizers.weighed if sparse else optimizers.moved

    def reference(was: Rows, now: Rows, slices: Sequence[Array]) -> dict[str, Ball]:
        total = optimizers.summed_slices(slices)
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
    graph = data.draw(graphs_of(use_resource, options=("defaults", "others")), label="graph")
    sparse = graph["sparse"]
    options: dict[str, float] = {}
    if graph["options"] == "others":
        options = {"learning_rate": 1.0, "rho": 0.5, "epsilon": 0.1}
    elif dtype == "float16":  # an epsilon of 1e-8 is 0 there, and then both sums may be
        options = {"learning_rate": 1.0, "epsilon": 1e-3}
    spec = graph_of("AdadeltaOptimizer", dtype, use_resource, sparse, options)
    kept = kept_by("AdadeltaOptimizer", options)
    run_steps(subject, spec, kept, inputs(data, dtype, sparse), adadelta(dtype, options))


def adadelta(dtype: str, options: Mapping[str, Any]) -> StepReference:
    """A step of AdadeltaOptimizer."""
    given_or_not = ADADELTA_DEFAULTS | dict(options)
    lr, rho, eps = (
        optimizers.hyperparameter(given_or_not[name], dtype_of(dtype))
        for name in ("learning_rate", "rho", "epsilon")
    )

    def reference(was: Rows, now: Rows, slices: Sequence[Array]) -> dict[str, Ball]:
        total = optimizers.summed_slices(slices)
        update = optimizers.adadelta_update(was["accum_update"], now["accum"], total, eps)
        return {
            "accum": optimizers.weighed(was["accum"], balls.square(total), rho),
            "accum_update": optimizers.weighed(was["accum_update"], balls.square(update), rho),
            "var": was["var"] - update * lr,
        }

    return reference


@api("tf.train.AdagradOptimizer")
@dtypes
@variables
@given(data=st.data())
def test_adagrad(subject: Subject, dtype: str, use_resource: bool, data: st.DataObject) -> None:
    """The step is accumulator += grad**2, from 0.1; var -= lr * grad * rsqrt(accumulator)."""
    graph = data.draw(graphs_of(use_resource, options=("defaults", "others")), label="graph")
    sparse = graph["sparse"]
    options = {"learning_rate": 0.1}
    if graph["options"] == "others":
        options |= {"learning_rate": 2.0, "initial_accumulator_value": 1.5}
    spec = graph_of("AdagradOptimizer", dtype, use_resource, sparse, options)
    kept = kept_by("AdagradOptimizer", options)
    run_steps(subject, spec, kept, inputs(data, dtype, sparse), adagrad(dtype, options))


def adagrad(dtype: str, options: Mapping[str, Any]) -> StepReference:
    """A step of AdagradOptimizer."""
    lr = optimizers.hyperparameter(options["learning_rate"], dtype_of(dtype))

    def reference(was: Rows, now: Rows, slices: Sequence[Array]) -> dict[str, Ball]:
        total = optimizers.summed_slices(slices)
        return {
            "accumulator": was["accumulator"] + balls.square(total),
            "var": optimizers.adagrad_applied(was["var"], now["accumulator"], total, lr),
        }

    return reference


@api("tf.train.AdamOptimizer")
@dtypes
@variables
@given(data=st.data())
def test_adam(subject: Subject, dtype: str, use_resource: bool, data: st.DataObject) -> None:
    """Moving averages of grad and grad**2; var -= lr * m / root, corrected by the betas' powers.

    Rows that a sparse gradient does not have move as if it had zeros there.
    """
    graph = data.draw(graphs_of(use_resource, options=("defaults", "others")), label="graph")
    sparse = graph["sparse"]
    options: dict[str, float] = {}
    if graph["options"] == "others":
        options = {"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.75, "epsilon": 0.01}
    elif dtype == "float16":  # as for Adadelta
        options = {"epsilon": 1e-3}
    # The powers are what an optimiser does at the end of a step, which counting must not leave out.
    counted = graph["options"] == "others"
    spec = graph_of("AdamOptimizer", dtype, use_resource, sparse, options, counted=counted)
    kept = kept_by("AdamOptimizer", options)
    run_steps(subject, spec, kept, inputs(data, dtype, sparse), adam(dtype, options, sparse))


def adam(dtype: str, options: Mapping[str, Any], sparse: bool) -> StepReference:
    """A step of AdamOptimizer."""
    given_or_not = ADAM_DEFAULTS | dict(options)
    lr, beta1, beta2, eps = (
        optimizers.hyperparameter(given_or_not[name], dtype_of(dtype))
        for name in ("learning_rate", "beta1", "beta2", "epsilon")
    )
    average = optimizers.weighed if sparse else optimizers.moved

    def reference(was: Rows, now: Rows, slices: Sequence[Array]) -> dict[str, Ball]:
        total = optimizers.summed_slices(slices)
        powers = was["beta1_power"], was["beta2_power"]
        return {
            "m": average(was["m"], total, beta1),
            "v": average(was["v"], balls.square(total), beta2),
            "var": optimizers.adam_applied(was["var"], now["m"], now["v"], *powers, lr, eps),
        }

    return reference
