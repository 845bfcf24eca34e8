"""(d) What a second process of pytest-xdist brings."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from benchmarks.harness import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.harness import Bench


def measure(bench: Bench) -> Iterator[Row]:
    """Give the seconds with one process and with two, taken in turn; each imports TensorFlow."""
    selection = "moments" if bench.quick else "batch_norm"
    pairs = [
        tuple(bench.run_checks("-k", selection, "-n", workers) for workers in ("1", "2"))
        for _ in range(1 if bench.quick else 3)
    ]
    ratio = statistics.median(one / two for one, two in pairs)
    yield Row(f"-n 1 of -n 2, pytest -k {selection}", ratio, "×")
    for workers, seconds in zip(("1", "2"), zip(*pairs, strict=True), strict=True):
        yield Row(f"-n {workers}", statistics.median(seconds), "s", detail=True)
