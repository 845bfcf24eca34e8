"""Drawn programs find a TensorFlow that loses a control edge, and the aliasing of ref variables."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.errors import Flaky

from conformance.judge import Deviation
from conformance.litmus import SESSIONS, judge_program, run_program
from conformance.programs import operations_in, programs
from reference_impls.ordering import TooManyOrders, outcomes
from reference_impls.ordering.graph import REF, RESOURCE, Program

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.subject import Subject

# Found or not depends on how TensorFlow happens to schedule: `pytest -m sampling` runs these.
pytestmark = pytest.mark.sampling

PROGRAMS = 500

# Every operation is made by one method, which asks another for the control inputs of its contexts.
DROP = """
from tensorflow.python.framework import ops

make = "_create_op_internal" if hasattr(ops.Graph, "_create_op_internal") else "create_op"
make_op = getattr(ops.Graph, make)
controls_of = ops.Graph._control_dependencies_for_inputs


def made(self, op_type, *args, **kwargs):
    self.litmus_making = op_type
    return make_op(self, op_type, *args, **kwargs)


def controls(self, inputs):
    found = list(controls_of(self, inputs))
    # Variables must still be initialised: the program is what loses an edge.
    if any(one.name in ("x/Assign", "y/Assign", "init", "init_1") for one in found):
        return found
    DROP_ONE
    return found


setattr(ops.Graph, make, made)
ops.Graph._control_dependencies_for_inputs = controls
"""

OF_KIND = "if found and self.litmus_making in {kinds!r}:\n        del found[{which}]"
OF_GRAPH = """for one in list(found):
        self.litmus_edges = getattr(self, "litmus_edges", -1) + 1
        if self.litmus_edges == {nth}:
            found.remove(one)"""

MUTANTS = {
    "an_edge_of_reads": (RESOURCE, OF_KIND.format(kinds=("ReadVariableOp",), which=-1)),
    "an_edge_of_identities": (REF, OF_KIND.format(kinds=("Identity", "RefIdentity"), which=-1)),
    "an_edge_of_no_ops": (RESOURCE, OF_KIND.format(kinds=("NoOp",), which=0)),
    "the_last_edge_of_no_ops": (REF, OF_KIND.format(kinds=("NoOp",), which=-1)),
    "an_edge_of_constants": (RESOURCE, OF_KIND.format(kinds=("Const",), which=-1)),
    "an_edge_of_assigns": (
        RESOURCE,
        OF_KIND.format(
            kinds=("AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp"), which=-1
        ),
    ),
    "an_edge_of_reference_assigns": (
        REF,
        OF_KIND.format(kinds=("Assign", "AssignAdd", "AssignSub"), which=-1),
    ),
    "the_first_edge_of_a_graph": (RESOURCE, OF_GRAPH.format(nth=0)),
    "the_second_edge_of_a_graph": (RESOURCE, OF_GRAPH.format(nth=1)),
    "the_fourth_edge_of_a_graph": (REF, OF_GRAPH.format(nth=3)),
}


def first_deviation(
    subject: Subject, kind: str, model: str, *, shrink: bool
) -> tuple[int, Deviation, Program] | None:
    """Draw programs until one deviates: (its number, the deviation, the program), if any does."""
    tried = 0
    found: list[tuple[Deviation, Program]] = []

    @settings(
        max_examples=PROGRAMS,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(programs())
    def search(program: Program) -> None:
        nonlocal tried
        try:
            allowed = outcomes(program, model, 3000)
        except TooManyOrders:
            assume(False)
        tried += not found
        sampled = run_program(subject, program, kind, sessions=SESSIONS[:2])
        try:
            judge_program(sampled, program, allowed)
        except Deviation as deviation:
            found.append((deviation, program))
            raise

    # What is rare may not show again while hypothesis shrinks: the smallest that deviated is
    # the result, whatever the last program did.
    with contextlib.suppress(Deviation, Flaky):
        search()
    if not found:
        return None
    return tried, *min(found, key=lambda one: operations_in(one[1]["body"]))


@pytest.mark.parametrize("name", MUTANTS)
def test_a_dropped_control_edge_is_found(
    subjects: Callable[..., Subject], tensorflow_python: str, name: str
) -> None:
    kind, drop = MUTANTS[name]
    subject = subjects(tensorflow_python, setup=DROP.replace("DROP_ONE", drop))
    found = first_deviation(subject, kind, kind, shrink=False)
    assert found is not None, f"{name}: not found in {PROGRAMS} programs"
    print(f"{name}: found by program {found[0]}\n{found[1]}")


def test_aliasing_is_found_when_reference_variables_are_taken_for_resources(
    subjects: Callable[..., Subject], tensorflow_python: str
) -> None:
    found = first_deviation(subjects(tensorflow_python), REF, RESOURCE, shrink=True)
    assert found is not None
    _, deviation, program = found
    print(deviation)
    assert deviation.kind == "outcome"
    assert operations_in(program["body"]) <= 5
