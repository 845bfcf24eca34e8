"""Three steps of an optimiser: what each leaves in the variable, in its slots and powers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.enlargement import longer
from conformance.judge import exact, judge
from conformance.strategies import dtype_of
from conformance.trace import Array, GraphSpec, dtype_name, graphs, step, trace
from reference_impls import balls, optimizers
from reference_impls.balls import Ball

if TYPE_CHECKING:
    from conformance.subject import Subject

SHAPE = (4, longer(5))
STEPS = 3
# The rows of one step's sparse gradient: one, several, one of them twice.
SPARSE = ([2], [0, 3], [1, 1, 3])
# What a call that leaves them out promises.
DEFAULTS: dict[str, dict[str, float]] = {
    "GradientDescentOptimizer": {},
    "MomentumOptimizer": {},
    "RMSPropOptimizer": {"decay": 0.9, "momentum": 0.0, "epsilon": 1e-10},
    "AdadeltaOptimizer": {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-8},
    "AdagradOptimizer": {"initial_accumulator_value": 0.1},
    "AdamOptimizer": {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
}

# What the rows that steps touch hold after them, by the name of variable or slot: from what was
# there before, from what is there now, and from the slices of the gradient.
Rows = Mapping[str, Ball]
StepReference = Callable[[Rows, Rows, Sequence[Array]], dict[str, Ball]]


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
    given = DEFAULTS[name] | dict(options)
    centered = {"mg": 0.0} if given.get("centered") else {}
    slots: dict[str, dict[str, float]] = {
        "GradientDescentOptimizer": {},
        "MomentumOptimizer": {"momentum": 0.0},
        "RMSPropOptimizer": centered | {"momentum": 0.0, "rms": 1.0},
        "AdadeltaOptimizer": {"accum": 0.0, "accum_update": 0.0},
        "AdagradOptimizer": {"accumulator": given.get("initial_accumulator_value", 0.0)},
        "AdamOptimizer": {"m": 0.0, "v": 0.0},
    }
    powers = {f"{beta}_power": given[beta] for beta in ("beta1", "beta2") if beta in given}
    return Kept(slots[name], powers, every_row=name == "AdamOptimizer")


@dataclass(frozen=True)
class Inputs:
    """What a variable starts with, and for each step a gradient and the rows it is of."""

    var: Array
    gradients: Sequence[Array]  # of SHAPE; a step has as many of its rows as it touches
    sparse: bool
    rows: Sequence[Sequence[int]]


def rows_from(first: int, sparse: bool) -> list[list[int]]:
    """Return the rows of each step's gradient."""
    if not sparse:
        return [list(range(SHAPE[0]))] * STEPS
    return [SPARSE[(first + n) % STEPS] for n in range(STEPS)]


def judge_steps(
    subject: Subject,
    name: str,
    use_resource: bool,
    options: Mapping[str, Any],
    given_inputs: Inputs,
    reference: StepReference | None = None,
    **static: Any,
) -> None:
    """Run three steps and judge the state after each from the one TensorFlow had before.

    ``reference`` is the optimiser's own of `REFERENCES`, unless one is given. ``static`` are more
    arguments of the graph.
    """
    init, rows, sparse = given_inputs.var, given_inputs.rows, given_inputs.sparse
    dtype = dtype_name(init.dtype)
    spec = graph_of(name, dtype, use_resource, sparse, options, **static)
    kept = kept_by(name, options)
    if reference is None:
        reference = REFERENCES[name](dtype, options, sparse)
    fetched = ("var", *kept.slots, *kept.powers)
    fed = [{"grad": given_inputs.gradients[n][: len(rows[n])]} for n in range(STEPS)]
    if sparse:
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


def numbers(name: str, dtype: str, options: Mapping[str, Any], *names: str) -> list[Ball]:
    """Return numbers of an optimiser, given or not, as a kernel of this dtype sees them."""
    given = DEFAULTS[name] | dict(options)
    return [optimizers.hyperparameter(given[one], dtype_of(dtype)) for one in names]


def descent(lr: Ball, sparse: bool) -> StepReference:
    """A step of GradientDescentOptimizer."""

    def reference(was: Rows, _: Rows, slices: Sequence[Array]) -> dict[str, Ball]:
        if sparse:
            return {"var": optimizers.scattered_descent(was["var"], slices, lr)}
        grad = optimizers.summed_slices(slices)
        return {"var": optimizers.gradient_descent(was["var"], grad, lr)}

    return reference


def momentum(dtype: str, options: Mapping[str, Any], _: bool) -> StepReference:
    """A step of MomentumOptimizer."""
    lr, mu = numbers("MomentumOptimizer", dtype, options, "learning_rate", "momentum")

    def reference(was: Rows, now: Rows, slices: Sequence[Array]) -> dict[str, Ball]:
        total = optimizers.summed_slices(slices)
        return {
            "momentum": optimizers.momentum_accumulated(was["momentum"], total, mu),
            "var": optimizers.momentum_applied(
                was["var"], now["momentum"], total, lr, mu, use_nesterov=options["use_nesterov"]
            ),
        }

    return reference


def rmsprop(dtype: str, options: Mapping[str, Any], sparse: bool) -> StepReference:
    """A step of RMSPropOptimizer."""
    lr, rho, mu, eps = numbers(
        "RMSPropOptimizer", dtype, options, "learning_rate", "decay", "momentum", "epsilon"
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


def adadelta(dtype: str, options: Mapping[str, Any], _: bool) -> StepReference:
    """A step of AdadeltaOptimizer."""
    lr, rho, eps = numbers("AdadeltaOptimizer", dtype, options, "learning_rate", "rho", "epsilon")

    def reference(was: Rows, now: Rows, slices: Sequence[Array]) -> dict[str, Ball]:
        total = optimizers.summed_slices(slices)
        update = optimizers.adadelta_update(was["accum_update"], now["accum"], total, eps)
        return {
            "accum": optimizers.weighed(was["accum"], balls.square(total), rho),
            "accum_update": optimizers.weighed(was["accum_update"], balls.square(update), rho),
            "var": was["var"] - update * lr,
        }

    return reference


def adagrad(dtype: str, options: Mapping[str, Any], _: bool) -> StepReference:
    """A step of AdagradOptimizer."""
    (lr,) = numbers("AdagradOptimizer", dtype, options, "learning_rate")

    def reference(was: Rows, now: Rows, slices: Sequence[Array]) -> dict[str, Ball]:
        total = optimizers.summed_slices(slices)
        return {
            "accumulator": was["accumulator"] + balls.square(total),
            "var": optimizers.adagrad_applied(was["var"], now["accumulator"], total, lr),
        }

    return reference


def adam(dtype: str, options: Mapping[str, Any], sparse: bool) -> StepReference:
    """A step of AdamOptimizer."""
    lr, beta1, beta2, eps = numbers(
        "AdamOptimizer", dtype, options, "learning_rate", "beta1", "beta2", "epsilon"
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


def _descent(dtype: str, options: Mapping[str, Any], sparse: bool) -> StepReference:
    (lr,) = numbers("GradientDescentOptimizer", dtype, options, "learning_rate")
    return descent(lr, sparse)


# A step of an optimiser of a dtype, with these options, dense or sparse.
REFERENCES: dict[str, Callable[[str, Mapping[str, Any], bool], StepReference]] = {
    "GradientDescentOptimizer": _descent,
    "MomentumOptimizer": momentum,
    "RMSPropOptimizer": rmsprop,
    "AdadeltaOptimizer": adadelta,
    "AdagradOptimizer": adagrad,
    "AdamOptimizer": adam,
}
