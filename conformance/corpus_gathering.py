"""A run of the checks that keeps what they asked: the material a corpus is chosen from.

``pytest conformance --gather FILE`` runs the checks as ever and appends an entry to FILE for every
different example that was run; sampled programs are left out, since what they give is a matter of
scheduling.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance import judge
from conformance.corpus import Entry, encode_entry, entry_id
from conformance.corpus_edges import fed_edges, given_edges
from conformance.run import Run
from conformance.strategies import FLOATS
from conformance.subject import Subject
from conformance.verdicts import check_id, parameter

if TYPE_CHECKING:
    import pytest

    from conformance.judge import Expected
    from conformance.subject import Observed
    from conformance.subjects import Launch
    from conformance.trace import GraphSpec, Trace

__all__ = ["Gathering"]


class Gathering(Run):
    """A run that appends the examples of its checks to a file."""

    def __init__(self, config: pytest.Config, default_examples: int) -> None:
        super().__init__(config, default_examples)
        self._path = Path(config.getoption("gather")).resolve()
        self._path.write_bytes(b"")
        self._check: tuple[str, str, str | None] | None = None
        self._entries: dict[str, Entry] = {}
        judge.listen(self._keep_radii)

    def make_subject(self, launch: Launch, settings: dict[str, Any]) -> Subject:
        """Return a subject that tells of what it ran."""
        return _Telling(launch, settings, self._keep)

    def begin(self, item: pytest.Item) -> Subject:
        """Write what the check before this one ran."""
        self._write()
        mark = item.get_closest_marker("api")
        self._check = (check_id(item), mark.args[0], parameter(item, "dtype")) if mark else None
        return super().begin(item)

    def pytest_unconfigure(self) -> None:
        """Write what the last check ran."""
        self._write()
        super().pytest_unconfigure()

    def _keep(self, observed: Observed) -> None:
        if self._check is None:
            return
        edges = {edge for _, edge in fed_edges(observed.trace)} | set(given_edges(observed))
        name, api, dtype = self._check
        dtype = dtype or _dtype(observed)
        entry = Entry(name, api, dtype, observed.spec, observed.trace, tuple(sorted(edges)))
        self._entries.setdefault(entry.id, entry)

    def _keep_radii(self, observed: Observed, expected: Expected) -> None:
        name = entry_id(observed.spec, observed.trace)
        if name in self._entries:
            singles = {place: _single(one) for place, one in judge.radii(expected).items()}
            self._entries[name] = replace(self._entries[name], radii=singles)

    def _write(self) -> None:
        with self._path.open("ab") as stream:
            stream.writelines(map(encode_entry, self._entries.values()))
        self._entries.clear()


class _Telling(Subject):
    """A subject that tells what came out of each trace."""

    def __init__(self, launch: Launch, settings: dict[str, Any], tell: Any) -> None:
        super().__init__(launch, settings)
        self._tell = tell

    def run(self, spec: GraphSpec, trace: Trace) -> Observed:
        observed = super().run(spec, trace)
        self._tell(observed)
        return observed


def _dtype(observed: Observed) -> str | None:
    """The dtype of an example of a check that draws it, or has but one."""
    named = observed.spec.arguments.get("dtype")
    if isinstance(named, str):
        return named
    fed = {array.dtype.name for *_, array in observed.trace.arrays()}
    floats = fed & set(FLOATS)
    return floats.pop() if len(floats) == 1 else None


def _single(radius: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """In float32, where that has the range: a distance in radii needs no more digits."""
    with np.errstate(over="ignore", under="ignore"):
        single = np.asarray(radius, np.float32)
    lost = (single == 0) & (radius != 0) | np.isinf(single) & np.isfinite(radius)
    return np.asarray(radius, np.float64) if lost.any() else single
