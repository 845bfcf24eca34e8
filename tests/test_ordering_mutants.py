"""Drawn programs find a TensorFlow that loses a control edge, and the aliasing of ref variables."""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.errors import Flaky

from conformance.drawn_programs import programs
from conformance.judge import Deviation
from conformance.litmus import SESSIONS, judge_program, run_program, run_source
from conformance.programs import operations_in, source
from conformance.subject import Sampled, Subject
from reference_impls.ordering import TooManyOrders, exploration, outcomes
from reference_impls.ordering.graph import MODELS, REF, RESOURCE, Graph, Program

PROGRAMS = 500
DRAWN = settings(
    max_examples=PROGRAMS,
    derandomize=True,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

# Every operation is made by one method, which asks another for the control inputs of its contexts.
# What `drop` of a set-up file takes out of them is lost.
DROP = """
import tensorflow
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
    if not any(one.name in ("x/Assign", "y/Assign", "init", "init_1") for one in found):
        drop(self, found)
    return found


setattr(ops.Graph, make, made)
ops.Graph._control_dependencies_for_inputs = controls
"""

OF_TYPES = """
def drop(graph, found):
    types, which = {dropped!r}
    if found and graph.litmus_making in types:
        del found[which]
"""

OF_GRAPH = """
def drop(graph, found):
    for one in list(found):
        graph.litmus_edges = getattr(graph, "litmus_edges", -1) + 1
        if graph.litmus_edges == {dropped!r}:
            found.remove(one)
"""

OF_PIVOT = """
from tensorflow.python.ops import control_flow_ops

context = getattr(control_flow_ops, {dropped!r})
add_op = context._AddOpInternal


def without_pivot(self, op):
    add_op(self, op)
    pivot = self.GetControlPivot() if hasattr(self, "GetControlPivot") else self.pivot
    kept = [one for one in op.control_inputs if pivot is None or one is not pivot.op]
    if len(kept) < len(op.control_inputs):
        op._remove_all_control_inputs()
        op._add_control_inputs(kept)


context._AddOpInternal = without_pivot
"""

TYPES = {
    "reads": ("ReadVariableOp",),
    "identities": ("Identity", "RefIdentity"),
    "arithmetic": ("Add", "AddV2", "Sub"),
    "no_ops": ("NoOp",),
    "resource_assigns": ("AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp"),
    "ref_assigns": ("Assign", "AssignAdd", "AssignSub"),
}
KINDS = [
    (RESOURCE, "reads"),
    *((model, name) for model in MODELS for name in ("identities", "arithmetic", "no_ops")),
    (RESOURCE, "resource_assigns"),
    (REF, "ref_assigns"),
]
MUTANTS = {
    **{
        f"{which}_of_{name}-{model}": (model, DROP + OF_TYPES.format(dropped=(TYPES[name], at)))
        for model, name in KINDS
        for which, at in (("first", 0), ("last", -1))
    },
    **{
        f"edge_{nth}_of_a_graph-{model}": (model, DROP + OF_GRAPH.format(dropped=nth))
        for model in MODELS
        for nth in range(6)
    },
    **{
        f"{name}-{model}": (model, OF_PIVOT.format(dropped=name))
        for model in MODELS
        for name in ("CondContext", "WhileContext")
    },
}


def search(
    run: Callable[[Program], Sampled], model: str, *, shrink: bool = False
) -> Iterator[tuple[int, Deviation, Program]]:
    """Draw and run programs until one deviates: yield its number, the deviation, the program.

    While hypothesis shrinks, each program that deviates is yielded.
    """
    tried = 0
    found: list[tuple[int, Deviation, Program]] = []

    @settings(DRAWN, phases=[Phase.generate, *[Phase.shrink] * shrink])
    @given(programs())
    def draw(program: Program) -> None:
        nonlocal tried
        try:
            allowed = outcomes(program, model, 3000)
        except TooManyOrders:
            assume(False)
        tried += not found
        sampled = run(program)
        try:
            judge_program(sampled, program, allowed)
        except Deviation as deviation:
            found.append((tried, deviation, program))
            raise

    # What is rare may not show again while hypothesis shrinks.
    with contextlib.suppress(Deviation, Flaky):
        draw()
    yield from found


@pytest.mark.sampling
@pytest.mark.parametrize("name", MUTANTS)
def test_a_dropped_control_edge_is_found(
    subjects: Callable[..., Subject], tensorflow_python: str, name: str
) -> None:
    model, setup = MUTANTS[name]
    subject = subjects(tensorflow_python, setup=setup)
    run = functools.partial(run_program, subject, kind=model, sessions=SESSIONS[:2])
    number, deviation, _ = next(search(run, model), (0, None, None))
    assert deviation is not None, f"not found in {PROGRAMS} programs"
    print(f"{name}: found by program {number}\n{deviation}")


# The kinds of operation, by the reference's names, and the one of them that each mutant mistreats.
REFERENCE_KINDS = {
    "reads": ("read",),
    "identities": ("forward",),
    "arithmetic": ("add", "subtract"),
    "no_ops": ("nothing",),
    "resource_assigns": ("assign", "assign_add", "assign_sub"),
    "ref_assigns": ("assign", "assign_add", "assign_sub"),
}


def losing(kinds: Sequence[str]) -> type[Graph]:
    """The reference's graph, but operations of ``kinds`` lose their last control edge."""

    class Losing(Graph):
        def _make(self, kind: str, *inputs: int, **attributes: Any) -> int:
            at = super()._make(kind, *inputs, **attributes)
            made = self.operations[at]
            if kind in kinds and made.controls:
                kept = made.controls - {max(made.controls)}
                self.operations[at] = replace(made, controls=kept)
            return at

    return Losing


@pytest.fixture(scope="module")
def drawn() -> list[Program]:
    """What hypothesis draws for a check, as many programs as a mutant has."""
    found: list[Program] = []

    @DRAWN
    @given(programs())
    def draw(program: Program) -> None:
        found.append(program)

    draw()
    return found


def surely_showing(drawn: list[Program], model: str, name: str) -> Iterator[Program]:
    """The drawn programs that have other outcomes, all of them, without an edge."""
    for program in drawn:
        with contextlib.suppress(TooManyOrders), pytest.MonkeyPatch.context() as patch:
            allowed = outcomes(program, model, 100)
            patch.setattr(exploration, "Graph", losing(REFERENCE_KINDS[name]))
            if allowed.isdisjoint(outcomes(program, model, 100)):
                yield program


def test_few_programs_are_drawn_twice(drawn: list[Program]) -> None:
    assert len({source(one, use_resource=True) for one in drawn}) > 0.8 * len(drawn)


# What is lost there does not run, however TensorFlow schedules. One TensorFlow serves all: the
# first line of a program tells it what to drop. As in the reference it is the edge of the operation
# made last. Delays are no operations of the program, and wait for that operation too: they go.
TOLD = """
def drop(graph, found):
    edges = [one for one in found if one.type != "RandomShuffle"]
    if edges and graph.litmus_making in getattr(tensorflow, "litmus_dropped", ()):
        edges.remove(max(edges, key=graph.get_operations().index))
        found[:] = edges
"""


def test_the_loss_of_every_kind_of_edge_is_noticed(
    subjects: Callable[..., Subject], tensorflow_python: str, drawn: list[Program]
) -> None:
    subject = subjects(tensorflow_python, setup=DROP + TOLD)
    for model, name in KINDS:
        showing = list(itertools.islice(surely_showing(drawn, model, name), 3))
        assert len(showing) > 1, (model, name)
        for program in showing:
            text = source(program, use_resource=model == RESOURCE)
            head = f"import tensorflow\ntensorflow.litmus_dropped = {TYPES[name]!r}\n"
            runs = program["runs"]
            sampled = run_source(subject, head + text, runs, sessions=SESSIONS[:1], repeats=1)
            with pytest.raises(Deviation):
                judge_program(sampled, program, outcomes(program, model))


@pytest.mark.sampling
def test_aliasing_is_found_when_reference_variables_are_taken_for_resources(
    subjects: Callable[..., Subject], tensorflow_python: str
) -> None:
    subject = subjects(tensorflow_python)
    run = functools.partial(run_program, subject, kind=REF, sessions=SESSIONS[:2])
    *_, (_, deviation, program) = search(run, RESOURCE, shrink=True)
    print(deviation)
    assert deviation.kind == "outcome"
    assert operations_in(program["body"]) <= 5
