"""(c) Whether memory stays what it is while one check runs example after example.

Hypothesis keeps what it draws; so it is asked for that many examples in turns.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks.harness import Failed, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.harness import Bench

CHECK = "test_mean_and_variance and squeezed and float32"
# Of what is there after the first tenth: allocators take what they need by then.
MOST_GROWTH = 5.0


def measure(bench: Bench) -> Iterator[Row]:
    """Give how far both processes grow from the first tenth of the examples to the last."""
    examples = 1000 if bench.quick else 10000
    path = bench.scratch / "memory.jsonl"
    path.unlink(missing_ok=True)
    bench.run_checks(
        *("-p", "benchmarks.pytest_plugin", "--memory-file", str(path)),
        *("--memory-every", str(examples // 10)),
        *("--examples", str(examples), "-k", CHECK, "--no-corpus"),
    )
    if not path.exists():
        raise Failed(f"-k {CHECK!r} ran no examples")
    rows = [json.loads(one) for one in path.read_text("utf-8").splitlines()]
    for process in ("driver", "worker"):
        first, last = rows[0], rows[-1]
        growth = 100 * (last[process] / first[process] - 1)
        span = f"from {first['examples']} to {last['examples']} examples"
        yield Row(f"memory of the {process}, growth {span}", growth, "%", most=MOST_GROWTH)
        for row in rows:
            what = f"memory of the {process} after {row['examples']} examples"
            yield Row(what, row[process], "MB", detail=True)
