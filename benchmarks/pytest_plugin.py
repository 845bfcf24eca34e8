"""What benchmarks need of a run of checks: a share of them, and its memory as it goes on."""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.subject import Subject

if TYPE_CHECKING:
    from conformance.subject import Observed
    from conformance.trace import GraphSpec, Trace

PAGE = os.sysconf("SC_PAGE_SIZE")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("benchmarks")
    group.addoption("--quarters", type=int, default=4, help="run so many quarters of the checks")
    group.addoption("--count-file", help="write how many checks were run")
    group.addoption("--memory-file", help="write the memory of both processes, line by line")
    group.addoption("--memory-every", type=int, default=1000, metavar="EXAMPLES")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Every quarter has its share of each function, and not all of one dtype: costs are alike then.
    mixed = sorted(items, key=lambda one: (_function(one), zlib.crc32(one.nodeid.encode())))
    kept = {one for n, one in enumerate(mixed) if n % 4 < config.getoption("quarters")}
    items[:] = [one for one in items if one in kept]
    if config.getoption("count_file"):
        Path(config.getoption("count_file")).write_text(str(len(items)), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("memory_file"):
        return
    path, every = Path(config.getoption("memory_file")), config.getoption("memory_every")
    run, examples = Subject.run, 0

    def counted(self: Subject, spec: GraphSpec, trace: Trace) -> Observed:
        nonlocal examples
        observed = run(self, spec, trace)
        examples += 1
        if examples % every == 0:
            row = {
                "examples": examples,
                "driver": resident(os.getpid()),
                "worker": resident(self.worker.pid),
            }
            with path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(row) + "\n")
        return observed

    Subject.run = counted  # type: ignore[method-assign]


def resident(pid: int) -> float:
    """Return the resident memory of a process, in MB."""
    pages = Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]
    return int(pages) * PAGE / 1e6


def _function(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]
