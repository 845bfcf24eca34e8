"""Initialisers, and what tells which variables have no value yet."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.judge import judge, strings
from conformance.marks import api
from conformance.subject import Subject
from conformance.trace import graphs, step, trace

variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
TOLD = ("uninitialized", "of_globals", "of_none", "is_first", "is_second")


@api(
    "tf.report_uninitialized_variables",
    "tf.is_variable_initialized",
    "tf.global_variables_initializer",
    "tf.local_variables_initializer",
)
@variables
@pytest.mark.parametrize("order", [["locals", "globals"], ["globals", "locals"]], ids="-".join)
def test_variables_are_initialized_by_and_by(
    subject: Subject, use_resource: bool, order: list[str]
) -> None:
    """Each initialiser gives values to its own variables, and to no others."""
    missing = {
        "scope/first": "initialize_first",
        "scope/second": "globals",
        "scope/local": "locals",
    }
    steps, expected = [step(*TOLD)], [told(list(missing))]
    for initializer in ("initialize_first", *order):
        missing = {name: by for name, by in missing.items() if by != initializer}
        steps += [step(initializer), step(*TOLD)]
        expected += [{}, told(list(missing))]
    observed = subject.run(
        graphs.initialization.variables(use_resource=use_resource), trace(*steps, fresh=True)
    )
    judge(observed, expected)


@api("tf.global_variables_initializer", "tf.report_uninitialized_variables")
@variables
def test_initializers_set_back(subject: Subject, use_resource: bool) -> None:
    """Run again, they give their variables the initial values again."""
    observed = subject.run(
        graphs.initialization.variables(use_resource=use_resource),
        trace(
            step("globals"),
            step("raise_second"),
            step("second"),
            step("globals"),
            step("second"),
            fresh=True,
        ),
    )
    values = [{"second": np.asarray(value, np.int32)} for value in (4, 3)]
    judge(observed, [{}, {}, values[0], {}, values[1]])


@api("tf.is_variable_initialized")
@variables
def test_asked_behind_the_initializer(subject: Subject, use_resource: bool) -> None:
    """Each question is an operation of its own, which control dependencies apply to."""
    observed = subject.run(
        graphs.initialization.asked_in_order(use_resource=use_resource),
        trace(step("at_once"), step("behind"), step("at_once"), fresh=True),
    )
    no, yes = np.asarray(False), np.asarray(True)
    judge(observed, [{"at_once": no}, {"behind": yes}, {"at_once": yes}])


@api("tf.Variable", "tf.global_variables_initializer")
def test_initial_values_computed_of_other_variables(subject: Subject) -> None:
    """All are initialised at once: a reference variable's initial value waits for the others'.

    A resource's does not, unless it is made of their ``initialized_value``, which is what they have
    once they have one.
    """
    values = {"first": 2, "last": -2, "both": 12, "asked": 8}
    observed = subject.run(
        graphs.initialization.of_others(),
        trace(
            step("globals"),
            step(*values),
            step("raise_a"),
            step("ask_again"),
            step("asked"),
            fresh=True,
        ),
    )
    found = {name: np.asarray(value, np.float32) for name, value in values.items()}
    judge(observed, [{}, found, {}, {}, {"asked": np.asarray(18, np.float32)}])


def told(uninitialized: list[str]) -> dict[str, object]:
    """Return what is told of the variables while these have no value."""
    return {
        "uninitialized": strings(*uninitialized),
        "of_globals": strings(*(name for name in uninitialized if name != "scope/local")),
        "of_none": strings(),
        "is_first": np.asarray("scope/first" not in uninitialized),
        "is_second": np.asarray("scope/second" not in uninitialized),
    }
