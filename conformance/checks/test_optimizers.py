"""Optimisers: what each step leaves in the variable and in its slots, from what was there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.optimizer_steps import (
    SHAPE,
    STEPS,
    Inputs,
    descent,
    judge_steps,
    rows_from,
)
from conformance.marks import api
from conformance.semantics import semantics
from conformance.strategies import FLOATS, TAME, arrays, series, variants
from conformance.subject import Subject
from reference_impls import balls

dtypes = pytest.mark.parametrize("dtype", FLOATS)
variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])


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
    reference = None
    if sparse and use_resource and not semantics(subject, "sparse_descent_rate_is_float32"):
        reference = descent(balls.ball(learning_rate, dtype), sparse)
    judge_steps(
        subject,
        "GradientDescentOptimizer",
        use_resource,
        {"learning_rate": learning_rate},
        inputs(data, dtype, sparse),
        reference,
    )


@api("tf.train.MomentumOptimizer")
@dtypes
@variables
@given(data=st.data())
def test_momentum(subject: Subject, dtype: str, use_resource: bool, data: st.DataObject) -> None:
    """The step is accum = momentum * accum + grad; var -= lr * accum, or Nesterov's."""
    graph = data.draw(graphs_of(use_resource, use_nesterov=(False, True)), label="graph")
    options = {"learning_rate": 0.1, "momentum": 0.9, "use_nesterov": graph["use_nesterov"]}
    drawn = inputs(data, dtype, graph["sparse"])
    judge_steps(subject, "MomentumOptimizer", use_resource, options, drawn)


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
    given_options: dict[str, Any] = {"learning_rate": 0.1, "centered": centered}
    if graph["options"] == "others":
        given_options |= {"decay": 0.5, "momentum": 0.9, "epsilon": 0.01}
    drawn = inputs(data, dtype, graph["sparse"])
    judge_steps(subject, "RMSPropOptimizer", use_resource, given_options, drawn)


@api("tf.train.AdadeltaOptimizer")
@dtypes
@variables
@given(data=st.data())
def test_adadelta(subject: Subject, dtype: str, use_resource: bool, data: st.DataObject) -> None:
    """Moving averages of grad**2 and of update**2; update = grad times the ratio of their roots."""
    graph = data.draw(graphs_of(use_resource, options=("defaults", "others")), label="graph")
    options: dict[str, float] = {}
    if graph["options"] == "others":
        options = {"learning_rate": 1.0, "rho": 0.5, "epsilon": 0.1}
    elif dtype == "float16":  # an epsilon of 1e-8 is 0 there, and then both sums may be
        options = {"learning_rate": 1.0, "epsilon": 1e-3}
    drawn = inputs(data, dtype, graph["sparse"])
    judge_steps(subject, "AdadeltaOptimizer", use_resource, options, drawn)


@api("tf.train.AdagradOptimizer")
@dtypes
@variables
@given(data=st.data())
def test_adagrad(subject: Subject, dtype: str, use_resource: bool, data: st.DataObject) -> None:
    """The step is accumulator += grad**2, from 0.1; var -= lr * grad * rsqrt(accumulator)."""
    graph = data.draw(graphs_of(use_resource, options=("defaults", "others")), label="graph")
    options = {"learning_rate": 0.1}
    if graph["options"] == "others":
        options |= {"learning_rate": 2.0, "initial_accumulator_value": 1.5}
    drawn = inputs(data, dtype, graph["sparse"])
    judge_steps(subject, "AdagradOptimizer", use_resource, options, drawn)


@api("tf.train.AdamOptimizer")
@dtypes
@variables
@given(data=st.data())
def test_adam(subject: Subject, dtype: str, use_resource: bool, data: st.DataObject) -> None:
    """Moving averages of grad and grad**2; var -= lr * m / root, corrected by the betas' powers.

    Rows that a sparse gradient does not have move as if it had zeros there.
    """
    graph = data.draw(graphs_of(use_resource, options=("defaults", "others")), label="graph")
    options: dict[str, float] = {}
    if graph["options"] == "others":
        options = {"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.75, "epsilon": 0.01}
    elif dtype == "float16":  # as for Adadelta
        options = {"epsilon": 1e-3}
    # The powers are what an optimiser does at the end of a step, which counting must not leave out.
    counted = graph["options"] == "others"
    drawn = inputs(data, dtype, graph["sparse"])
    judge_steps(subject, "AdamOptimizer", use_resource, options, drawn, counted=counted)
