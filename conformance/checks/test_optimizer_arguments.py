"""Optimisers: numbers given as functions, and slots by the names they are given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from conformance.checks.optimizer_steps import (
    SHAPE,
    STEPS,
    Inputs,
    graph_of,
    judge_steps,
    kept_by,
    rows_from,
)
from conformance.checks.test_optimizers import variables
from conformance.judge import exact, judge, judge_fact
from conformance.marks import api
from conformance.strategies import make_array
from conformance.subject import Subject
from conformance.trace import graphs, step, trace

OPTIONS: dict[str, dict[str, Any]] = {
    "GradientDescentOptimizer": {"learning_rate": 0.1},
    "MomentumOptimizer": {"learning_rate": 0.1, "momentum": 0.9, "use_nesterov": True},
    "RMSPropOptimizer": {
        "learning_rate": 0.1,
        "decay": 0.5,
        "momentum": 0.9,
        "epsilon": 0.01,
        "centered": False,
    },
    "AdadeltaOptimizer": {"learning_rate": 1.0, "rho": 0.5, "epsilon": 0.1},
    "AdagradOptimizer": {"learning_rate": 0.1},
    "AdamOptimizer": {"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.75, "epsilon": 0.01},
}
OPTIMIZERS = [
    pytest.param(name, marks=pytest.mark.api(f"tf.train.{name}"), id=name) for name in OPTIONS
]


# Zero is a number like others, and not one that was left out.
ZEROS: dict[str, dict[str, Any]] = {
    "GradientDescentOptimizer": {"learning_rate": 0.0},
    "MomentumOptimizer": {"momentum": 0.0},
    "RMSPropOptimizer": {"decay": 0.0, "momentum": 0.0},
    "AdadeltaOptimizer": {"rho": 0.0},
    "AdagradOptimizer": {"learning_rate": 0.0},
    "AdamOptimizer": {"beta1": 0.0, "beta2": 0.0},
}


# Sparse steps that add to rows, and how often: to the variable, or to each slot.
SCATTERS = {"GradientDescentOptimizer": 1, "AdamOptimizer": 2}


def always_alike(sparse: bool) -> Inputs:
    """Return float32 inputs that are always the same."""
    var, *gradients = (make_array("float32", SHAPE, "unit", n) for n in range(1 + STEPS))
    return Inputs(var, gradients, sparse, rows_from(0, sparse))


@pytest.mark.parametrize("name", OPTIMIZERS)
@variables
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_numbers_may_be_functions(
    subject: Subject, name: str, use_resource: bool, sparse: bool
) -> None:
    """A function of no arguments stands for the number it returns when the step is built."""
    judge_steps(subject, name, use_resource, OPTIONS[name], always_alike(sparse), callables=True)


@pytest.mark.parametrize("name", OPTIMIZERS)
@variables
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_numbers_may_be_zero(subject: Subject, name: str, use_resource: bool, sparse: bool) -> None:
    """Decays and rates of zero are used as they are."""
    judge_steps(subject, name, use_resource, OPTIONS[name] | ZEROS[name], always_alike(sparse))


@pytest.mark.parametrize("name", OPTIMIZERS)
@variables
def test_functions_are_called_for_each_step(
    subject: Subject, name: str, use_resource: bool
) -> None:
    """One optimiser's steps have each the rate that its function returned for it: 1 and then 0."""
    v, gradient = (make_array("float32", (4,), "unit", n) for n in range(2))
    # Without momentum, which would go on where the rate is 0.
    options = OPTIONS[name] | ZEROS[name]
    observed = subject.run(
        graphs.optimizers.steps_of_rates(
            optimizer_name=name, use_resource=use_resource, rates=[1.0, 0.0], options=options
        ),
        trace(
            step("first", gradient=gradient),
            step("v"),
            step("second", gradient=gradient),
            step("v"),
            init={"v": v},
        ),
    )
    after = {"v": exact(observed.seen(1, "v", v))}
    judge(observed, [{}, after, {}, after])
    # The second step has the first one's slots.
    kept = kept_by(name, options)
    judge_fact(observed, "variables", 1 + len(kept.slots) + len(kept.powers))


@api("tf.train.Optimizer", "tf.train.GradientDescentOptimizer")
@variables
def test_names_of_steps(subject: Subject, use_resource: bool) -> None:
    """A step has its optimiser's name, made unique, or the one it is given; TRAIN_OP has all."""
    observed = subject.run(graphs.optimizers.named_steps(use_resource=use_resource), trace())
    own = "GradientDescent"
    names = [own, "mine", "counted", f"{own}_1", "applied", "applied_and_counted"]
    judge_fact(observed, "names", names)
    judge_fact(observed, "train_op", names)


@api("tf.train.Optimizer", "tf.train.GradientDescentOptimizer")
@variables
def test_each_gradient_of_a_variable_is_applied(subject: Subject, use_resource: bool) -> None:
    """A variable that is given twice makes both its steps."""
    observed = subject.run(
        graphs.optimizers.of_two_gradients(use_resource=use_resource),
        trace(step("apply"), step("v")),
    )
    judge(observed, [{}, {"v": exact(np.asarray([9, 14], np.float32))}])


@pytest.mark.parametrize("name", OPTIMIZERS)
@variables
def test_constraints_hold_after_each_step(subject: Subject, name: str, use_resource: bool) -> None:
    """A variable's constraint is applied to what the step has left, and to no other variable."""
    v, gradient = (make_array("float32", (4,), "simple", n) for n in range(2))
    observed = subject.run(
        graphs.optimizers.constrained(
            optimizer_name=name, use_resource=use_resource, options=OPTIONS[name]
        ),
        trace(
            step("apply", gradient=gradient),
            step("v", "free"),
            init=dict.fromkeys(("v", "free"), v),
        ),
    )
    free = observed.seen(1, "free", v)
    judge(observed, [{}, {"v": exact(np.minimum(free, np.float32(1))), "free": exact(free)}])


@api(
    "tf.train.MomentumOptimizer",
    "tf.train.GradientDescentOptimizer",
    "tf.train.RMSPropOptimizer",
    "tf.train.AdadeltaOptimizer",
    "tf.train.AdagradOptimizer",
    "tf.train.AdamOptimizer",
)
@pytest.mark.parametrize(
    ("name", "options", "slot_names"),
    [
        ("GradientDescentOptimizer", {"learning_rate": 0.1}, {}),
        (
            "MomentumOptimizer",
            {"learning_rate": 0.1, "momentum": 0.9},
            {"momentum": "v/Momentum"},
        ),
        (
            "MomentumOptimizer",
            {"learning_rate": 0.1, "momentum": 0.9, "name": "Mine"},
            {"momentum": "v/Mine"},
        ),
        (
            "RMSPropOptimizer",
            {"learning_rate": 0.1},
            {"rms": "v/RMSProp", "momentum": "v/RMSProp_1"},
        ),
        (
            "RMSPropOptimizer",
            {"learning_rate": 0.1, "centered": True},
            {"rms": "v/RMSProp", "mg": "v/RMSProp_1", "momentum": "v/RMSProp_2"},
        ),
        ("AdadeltaOptimizer", {}, {"accum": "v/Adadelta", "accum_update": "v/Adadelta_1"}),
        ("AdagradOptimizer", {"learning_rate": 0.1}, {"accumulator": "v/Adagrad"}),
        ("AdamOptimizer", {}, {"m": "v/Adam", "v": "v/Adam_1"}),
    ],
    ids=[
        "descent",
        "momentum",
        "named",
        "rmsprop",
        "rmsprop_centered",
        "adadelta",
        "adagrad",
        "adam",
    ],
)
@variables
def test_slots_by_name(
    subject: Subject,
    use_resource: bool,
    name: str,
    options: dict[str, Any],
    slot_names: dict[str, str],
) -> None:
    """Slots are variables below their variable's name, numbered as made; the update locks none."""
    spec = graph_of(name, "float32", use_resource, False, options)
    observed = subject.run(spec, trace(init={"var": np.zeros(SHAPE, np.float32)}))
    judge_fact(observed, "slots", sorted(slot_names))
    judge_fact(observed, "slot_names", slot_names)
    own = [*slot_names.values(), *kept_by(name, options).powers]
    judge_fact(observed, "variables", sorted(["v", *own]))
    judge_fact(observed, "own_variables", sorted(own))
    judge_fact(observed, "trainable_variables", ["v"])
    judge_fact(observed, "locks", [False])


@pytest.mark.parametrize("name", OPTIMIZERS)
@variables
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_use_locking(subject: Subject, name: str, use_resource: bool, sparse: bool) -> None:
    """The update locks the variable if it is asked to."""
    options = {**OPTIONS[name], "use_locking": True}
    spec = graph_of(name, "float32", use_resource, sparse, options)
    observed = subject.run(spec, trace(init={"var": np.zeros(SHAPE, np.float32)}))
    told = 1
    if sparse and name in SCATTERS:
        # What adds rows to a resource variable always locks it, and cannot be told.
        told = 0 if use_resource else SCATTERS[name]
    judge_fact(observed, "locks", [True] * told)


@pytest.mark.parametrize("name", OPTIMIZERS[1:])
@variables
def test_slots_are_on_their_variables_device(
    subject: Subject, name: str, use_resource: bool
) -> None:
    """Wherever the step is built."""
    device = "/job:ps/task:1/device:CPU:0"
    spec = graphs.optimizers.slots_on_devices(
        optimizer_name=name, use_resource=use_resource, device=device, options=OPTIONS[name]
    )
    judge_fact(
        subject.run(spec, trace()),
        "devices",
        dict.fromkeys(sorted(kept_by(name, {}).slots), device),
    )
