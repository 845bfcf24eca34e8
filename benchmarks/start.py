"""(b) How long a developer waits for the verdict on one family, beside TensorFlow's import."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from benchmarks.harness import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.harness import Bench

SELECTION = ("-k", "ema")


def measure(bench: Bench) -> Iterator[Row]:
    """Give the seconds from the start of pytest to its end, and the import's, taken in turn."""
    pairs = [
        (bench.import_tensorflow(), bench.run_checks(*SELECTION))
        for _ in range(2 if bench.quick else 5)
    ]
    imports, runs = zip(*pairs, strict=True)
    beyond = statistics.median(run - alone for alone, run in pairs)
    yield Row("pytest -k ema, beyond TensorFlow's import", beyond, "s", most=3)
    ratio = statistics.median(run / alone for alone, run in pairs)
    yield Row("pytest -k ema, of TensorFlow's import", ratio, "×")
    yield Row("TensorFlow's import alone", statistics.median(imports), "s", detail=True)
    yield Row("pytest -k ema", statistics.median(runs), "s", detail=True)
