"""Floors: how many comparisons a whole run makes at least, per API (`fixtures/floors.toml`).

A check that silently compares nothing is the worst fault a suite can have.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance.data import fixtures_dir

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def below(checks: Iterable[Mapping[str, Any]], scale: float) -> Iterator[tuple[str, int, int]]:
    """Yield (api, comparisons, floor) for each API compared less than its floor.

    ``scale`` is the run's share of the default number of examples. An API of which every check is
    missing on this release, or deviates, has no floor there.
    """
    compared: Counter[str] = Counter()
    judged: set[str] = set()
    for check in checks:
        compared[check["api"]] += check["comparisons"]
        if check["outcome"] in ("passed", "failed"):
            judged.add(check["api"])
    floors = tomllib.loads((fixtures_dir() / "floors.toml").read_text("utf-8"))["floors"]
    for name in sorted(judged):
        floor = int(floors.get(name, 1) * scale)
        if compared[name] < floor:
            yield name, compared[name], floor
