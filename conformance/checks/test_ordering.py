"""The order that control dependencies promise, tested as hardware memory models are.

Each program is built once and run many times, with one and with several inter-op threads, with
Grappler and without. Whatever comes out must be an outcome that some permitted order gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conformance.drawn_programs import programs
from conformance.litmus import SESSIONS, judge_program, run_program
from conformance.marks import api
from reference_impls.ordering import TooManyOrders, outcomes
from reference_impls.ordering.graph import MODELS, REF, Program

if TYPE_CHECKING:
    from conformance.subject import Subject

# Orders followed for one drawn program; the few that have more are drawn again.
STATES = 3_000


def programs_of(subject: Subject, kind: str) -> st.SearchStrategy[Program]:
    """What may be drawn for a kind of variable.

    The functions that TensorFlow 2's own control flow makes of branches and loops cannot capture a
    reference variable, and say so when the graph is built.
    """
    return programs(functions=kind != REF or subject.fingerprint["profile"] == "legacy")


@api("tf.control_dependencies", "tf.identity", "tf.group", "tf.tuple", "tf.cond", "tf.while_loop")
@pytest.mark.parametrize("kind", MODELS)
@given(data=st.data())
def test_outcomes_of_drawn_programs(subject: Subject, kind: str, data: st.DataObject) -> None:
    """Every observed outcome of a drawn program is one that a permitted order gives."""
    program = data.draw(programs_of(subject, kind), label="program")
    sessions = data.draw(st.sampled_from((SESSIONS[:2], SESSIONS[2:])), label="sessions")
    try:
        allowed = outcomes(program, kind, STATES)
    except TooManyOrders:
        assume(False)
    judge_program(run_program(subject, program, kind, sessions=sessions), program, allowed)
