"""(f) What a litmus program costs beside its session runs, part by part.

Measured per program: drawing, the reference's enumeration, the judgement, and the request to the
worker, which has TensorFlow build the graph, make its sessions, prune and optimise it for each
fetch at its first run, and run it. Beside all of it stand, on the same TensorFlow,

``session_runs``  the runs of as many sessions, the first of each fetch included, nothing built,
                  drawn, enumerated or judged: what a program costs whose graph is there;
``later_runs``    as many runs without the first ones: what no new program can come near;
``request``       all that is TensorFlow's to do for a new program, whoever runs it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import hypothesis
from hypothesis import HealthCheck, Phase

from benchmarks.harness import Row
from conformance.drawn_programs import programs
from conformance.litmus import SESSIONS, judge_program, run_program
from conformance.subject import Subject, worker_settings
from reference_impls.ordering import TooManyOrders, outcomes
from reference_impls.ordering.graph import RESOURCE, Program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.harness import Bench

REPEATS = 15


def drawn(count: int) -> tuple[list[Program], float]:
    """Draw programs; return them and the seconds it took."""
    found: list[Program] = []

    @hypothesis.settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(programs())
    def collect(program: Program) -> None:
        found.append(program)

    began = time.perf_counter()
    collect()
    return found, time.perf_counter() - began


def sample(
    subject: Subject, count: int, say: Callable[[str], None]
) -> tuple[int, dict[str, float], dict[str, float]]:
    """Return how many programs ran, the seconds of each part, and those of what stands beside."""
    many, drawing = drawn(count)
    spent = {"draw": drawing, "enumerate": 0.0, "request": 0.0, "judge": 0.0}
    more_repeats = more_sessions = 0.0
    ran = 0
    run_program(subject, many[0], RESOURCE, sessions=SESSIONS[:2], repeats=REPEATS)
    for number, program in enumerate(many, 1):
        say(f"program {number} of {count}")
        began = time.perf_counter()
        try:
            allowed = outcomes(program, RESOURCE, 3000)
        except TooManyOrders:
            continue
        enumerated = time.perf_counter()
        sampled = run_program(subject, program, RESOURCE, sessions=SESSIONS[:2], repeats=REPEATS)
        answered = time.perf_counter()
        judge_program(sampled, program, allowed)
        judged = time.perf_counter()
        # Twice the runs, or the sessions, all else the same: the difference is what those cost.
        run_program(subject, program, RESOURCE, sessions=SESSIONS[:2], repeats=2 * REPEATS)
        repeated = time.perf_counter()
        run_program(subject, program, RESOURCE, sessions=SESSIONS[:2] * 2, repeats=REPEATS)
        more_repeats += repeated - judged
        more_sessions += time.perf_counter() - repeated
        spent["enumerate"] += enumerated - began
        spent["request"] += answered - enumerated
        spent["judge"] += judged - answered
        ran += 1
    beside = {
        "session_runs": more_sessions - spent["request"],
        "later_runs": more_repeats - spent["request"],
        "request": spent["request"],
    }
    return ran, spent, beside


def measure(bench: Bench) -> Iterator[Row]:
    """Give the ratios of a program's whole cost, and its parts."""
    subject = Subject(bench.launch, worker_settings())
    try:
        ran, spent, beside = sample(subject, 15 if bench.quick else 100, bench.say)
    finally:
        subject.close()
    whole = sum(spent.values())
    for name, seconds in beside.items():
        yield Row(f"a litmus program, of its {name}", whole / seconds, "×")
    for name, seconds in spent.items():
        yield Row(f"{name}, per program", 1000 * seconds / ran, "ms", detail=True)
