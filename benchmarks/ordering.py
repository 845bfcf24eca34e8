"""What a litmus program costs beside its session runs, part by part, and the ratios.

``python benchmarks/ordering.py --tf 2.21 --programs 100``

Measured per program: drawing, the reference's enumeration, the judgement, and the request to the
worker, which has TensorFlow build the graph, make its sessions, prune and optimise it for each
fetch at its first run, and run it. Beside all of it stand, on the same TensorFlow,

``session_runs``  the runs of as many sessions, the first of each fetch included, nothing built,
                  drawn, enumerated or judged: what a program costs whose graph is there;
``later_runs``    as many runs without the first ones: what no new program can come near;
``request``       all that is TensorFlow's to do for a new program, whoever runs it.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase

from conformance.drawn_programs import programs
from conformance.litmus import SESSIONS, judge_program, run_program
from conformance.subject import Subject, worker_settings
from conformance.subjects import resolve
from reference_impls.ordering import TooManyOrders, outcomes
from reference_impls.ordering.graph import RESOURCE, Program

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


def measure(subject: Subject, count: int) -> dict[str, Any]:
    """Return milliseconds per program by part, and the ratio of all to the floor."""
    many, drawing = drawn(count)
    spent = {"draw": drawing, "enumerate": 0.0, "request": 0.0, "judge": 0.0}
    more_repeats = more_sessions = 0.0
    ran = 0
    run_program(subject, many[0], RESOURCE, sessions=SESSIONS[:2], repeats=REPEATS)
    for program in many:
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
    return {
        "programs": ran,
        "runs_per_program": 2 * REPEATS,
        "milliseconds": {name: round(1e3 * seconds / ran, 2) for name, seconds in spent.items()},
        "ratio_to": {
            name: round(sum(spent.values()) / seconds, 2) for name, seconds in beside.items()
        },
    }


def main() -> None:
    """Measure one subject and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tf", default="installed", metavar="SUBJECT")
    parser.add_argument("--programs", type=int, default=100)
    arguments = parser.parse_args()
    subject = Subject(resolve(arguments.tf), worker_settings())
    try:
        release = subject.fingerprint["tensorflow"]
        print(json.dumps({"tensorflow": release, **measure(subject, arguments.programs)}, indent=1))
    finally:
        subject.close()


if __name__ == "__main__":
    main()
