"""What a litmus program costs beside its session runs: the suite, the floor, and the ratio.

``python benchmarks/ordering.py --tf 2.21 --programs 100``

The floor is the bare ``session.run`` callables of the same programs on the same TensorFlow: as many
runs, nothing built, drawn, enumerated or judged. Above it are measured, per program: drawing, the
reference's enumeration, and the request to the worker, which builds the graph, makes its sessions,
has TensorFlow prune and optimise it for each fetch, and runs it. All that the request does is
TensorFlow's to do for a new program, whoever runs it; the second ratio is to the request.
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
from conformance.subject import Subject
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
    more_repeats = 0.0
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
        # Twice the runs, everything else the same: the difference is what the runs themselves cost.
        run_program(subject, program, RESOURCE, sessions=SESSIONS[:2], repeats=2 * REPEATS)
        more_repeats += time.perf_counter() - judged
        spent["enumerate"] += enumerated - began
        spent["request"] += answered - enumerated
        spent["judge"] += judged - answered
        ran += 1
    floor = more_repeats - spent["request"]
    parts = {name: round(1e3 * seconds / ran, 2) for name, seconds in spent.items()}
    return {
        "programs": ran,
        "runs_per_program": 2 * REPEATS,
        "milliseconds": parts,
        "floor_milliseconds": round(1e3 * floor / ran, 2),
        "ratio_to_runs": round(sum(spent.values()) / floor, 2),
        "ratio_to_request": round(sum(spent.values()) / spent["request"], 2),
    }


def main() -> None:
    """Measure one subject and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tf", default="installed", metavar="SUBJECT")
    parser.add_argument("--programs", type=int, default=100)
    arguments = parser.parse_args()
    settings = {
        "profile": "legacy",
        "threads": {"intra": 1, "inter": 2},
        "grappler": True,
        "setup": None,
    }
    subject = Subject(resolve(arguments.tf), settings)
    try:
        release = subject.fingerprint["tensorflow"]
        print(json.dumps({"tensorflow": release, **measure(subject, arguments.programs)}, indent=1))
    finally:
        subject.close()


if __name__ == "__main__":
    main()
