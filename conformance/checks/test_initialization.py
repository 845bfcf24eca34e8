"""Initialisers, and what tells which variables have no value yet."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.judge import judge, strings
from conformance.marks import api
from conformance.subject import Subject
from conformance.trace import graphs, step, trace

TOLD = ("uninitialized", "of_globals", "is_a", "is_b")


@api(
    "tf.report_uninitialized_variables",
    "tf.is_variable_initialized",
    "tf.global_variables_initializer",
    "tf.local_variables_initializer",
)
@pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
def test_variables_are_initialized_by_and_by(subject: Subject, use_resource: bool) -> None:
    """Each initialiser gives values to its own variables, and to no others."""
    steps, expected = [], []
    for initializer, uninitialized in (
        ("a", ["scope/a", "scope/b", "scope/c"]),
        ("locals", ["scope/b", "scope/c"]),
        ("globals", ["scope/b"]),
    ):
        steps += [step(*TOLD), step(initializer)]
        expected += [told(uninitialized), {}]
    steps.append(step(*TOLD))
    expected.append(told([]))
    observed = subject.run(
        graphs.initialization.variables(use_resource=use_resource), trace(*steps, fresh=True)
    )
    judge(observed, expected)


def told(uninitialized: list[str]) -> dict[str, object]:
    """Return what is told of the variables while these have no value."""
    return {
        "uninitialized": strings(*uninitialized),
        "of_globals": strings(*(name for name in uninitialized if name != "scope/c")),
        "is_a": np.asarray("scope/a" not in uninitialized),
        "is_b": np.asarray("scope/b" not in uninitialized),
    }
