"""(e) What everything costs, as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.harness import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.harness import Bench


def measure(bench: Bench) -> Iterator[Row]:
    """Give the seconds of the whole default run; quick, of a selection, which has no bound."""
    alone = bench.import_tensorflow()
    if bench.quick:
        what, seconds, most = "tf-litmus run -k moments", bench.run_command("-k", "moments"), None
    else:
        what, seconds, most = "tf-litmus run", bench.run_command(), 60.0
    yield Row(f"{what}, TensorFlow's import included", seconds, "s", most=most)
    yield Row(f"{what}, of TensorFlow's import", seconds / alone, "×")
    yield Row("TensorFlow's import alone", alone, "s", detail=True)
