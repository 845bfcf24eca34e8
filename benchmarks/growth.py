"""(c) Whether cost grows in proportion to the examples, the checks and the elements.

Of whole runs it is the processor seconds of pytest and of TensorFlow's process, of single examples
the shortest of several times: both know little of what else the machine does.
"""

from __future__ import annotations

import math
import resource
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import steady_state
from benchmarks.harness import Row
from conformance.strategies import make_array
from conformance.subject import Subject, worker_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.harness import Bench
    from conformance.trace import Array

# Of the largest value: what noise of a machine may add, and a square may not hide behind.
MOST_DEPARTURE = 10.0


@dataclass(frozen=True)
class Line:
    """The line through points by least squares, and how far they are from it.

    Attributes
    ----------
    slope, start
        Seconds per unit, and seconds at zero.
    r_squared
        1 where all points are on the line.
    departure
        The largest distance of a point, in % of the largest value.
    """

    slope: float
    start: float
    r_squared: float
    departure: float


def line(sizes: Sequence[float], seconds: Sequence[float]) -> Line:
    """Fit a line to three or more points."""
    x, y = np.asarray(sizes, float), np.asarray(seconds, float)
    slope, start = np.polyfit(x, y, 1)
    off = y - (slope * x + start)
    spread = ((y - y.mean()) ** 2).sum()
    return Line(
        float(slope),
        float(start),
        float(1 - (off**2).sum() / spread) if spread else 1.0,
        float(100 * np.abs(off).max() / y.max()),
    )


def measure(bench: Bench) -> Iterator[Row]:
    """Give a line for each of the three."""
    yield from _rows("example per check", *by_examples(bench))
    yield from _rows("check", *by_checks(bench))
    yield from _rows("1000 elements", *by_elements(bench))


def by_examples(bench: Bench) -> tuple[list[float], list[float]]:
    """Return the processor seconds of the whole run by examples per check."""
    counts = (5, 10, 20) if bench.quick else (10, 20, 40)
    chosen = ("-k", "moments") if bench.quick else ()
    seconds = [processor_seconds(bench, "--examples", str(count), *chosen) for count in counts]
    return list(map(float, counts)), seconds


def processor_seconds(bench: Bench, *arguments: str) -> float:
    """Run checks; return the processor time of pytest and of all it started and waited for."""

    def spent() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = spent()
    bench.run_checks(*arguments)
    return spent() - before


def by_checks(bench: Bench) -> tuple[list[float], list[float]]:
    """Return the processor seconds of a run by its checks: quarters of them, each with the last."""
    counts, seconds = [], []
    path = bench.scratch / "count"
    arguments = ["-p", "benchmarks.pytest_plugin", "--count-file", str(path), "--examples", "5"]
    if bench.quick:
        arguments += ["-k", "moments"]
    for quarters in (1, 2, 3, 4):
        seconds.append(processor_seconds(bench, *arguments, "--quarters", str(quarters)))
        counts.append(float(path.read_text("utf-8")))
    return counts, seconds


def by_elements(bench: Bench) -> tuple[list[float], list[float]]:
    """Return the seconds of one example, judged, by thousands of elements of its input."""
    rounds, repetitions = (1, 10) if bench.quick else (6, 10)
    xs = [make_array("float32", (n, 5, 5, 3), "offset", 1) for n in (400, 800, 1200, 1600, 2000)]
    shortest = [math.inf] * len(xs)
    subject = Subject(bench.launch, worker_settings())
    try:
        # A size several times in a row, or each would find the memory that another has just given
        # back; and all in several rounds, or one would have the machine when it is slow.
        for at, x in list(enumerate(xs)) * rounds:
            bench.say(f"one example of {x.size} elements")
            shortest[at] = min(shortest[at], *(_seconds(subject, x) for _ in range(repetitions)))
    finally:
        subject.close()
    return [x.size / 1000 for x in xs], shortest


def _seconds(subject: Subject, x: Array) -> float:
    began = time.perf_counter()
    steady_state.check(subject, x, steady_state.INIT)
    return time.perf_counter() - began


def _rows(unit: str, sizes: list[float], seconds: list[float]) -> Iterator[Row]:
    found = line(sizes, seconds)
    what = f"cost by {unit}: farthest from a line, of the largest"
    yield Row(what, found.departure, "%", most=MOST_DEPARTURE)
    yield Row(f"one more {unit}", 1000 * found.slope, "ms", detail=True)
    yield Row(f"cost by {unit}: R²", found.r_squared, "", detail=True)
    for size, one in zip(sizes, seconds, strict=True):
        yield Row(f"{size:g} × {unit}", 1000 * one, "ms", detail=True)
