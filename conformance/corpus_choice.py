"""Which of the examples a run gathered are frozen: few, that together touch what all of them do.

An example's *features* are what it is one of the few to show: its check and dtype, its graph, each
edge of the number system that an array of it touches, and its regime, which is all of its edges
together. For each API in each file of checks, the graphs are taken first whose examples show most,
then of these graphs the examples that add most for their size; what has been shown is worth less
each time, and in the end nothing. Last, every chosen graph is run in each regime that bites.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.corpus_edges import fed_edges
from conformance.strategies import FLOATS, make_array
from conformance.trace import Step, Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.corpus import Entry
    from conformance.trace import Array

__all__ = ["choose"]

Feature = tuple[str, ...]

# What a feature is worth that so many chosen examples have.
WORTH = {0: 1.0, 1: 0.5, 2: 0.25, 3: 0.125}
# Allowances of one API in one file of checks. Building a graph costs a hundred of its runs.
GRAPHS = 4
EXAMPLES = 20
# An array larger than this says nothing that a smaller one cannot.
LARGEST_BYTES = 4096
BYTES_PER_COST = 500.0

# The regimes in which every graph is run, whatever was drawn for it.
REGIMES = ("large_offset", "subnormal", "huge", "wide", "infinities", "nans")

# What graphs of the first four give is a matter of scheduling, of the file system, of the process:
# names of files, times, what another check has logged. Exchanged files are frozen as they are. One
# network costs as much as ten graphs of what it is made of.
LEFT_OUT = frozenset({"log_level", "ordering", "saver", "summaries", "exchange", "networks"})


def choose(gathered: Iterable[Entry]) -> list[Entry]:
    """Return the examples to freeze; the same examples in any order give the same choice."""
    by_family: dict[tuple[str, str], dict[str, Entry]] = defaultdict(dict)
    for entry in gathered:
        if entry.spec.module not in LEFT_OUT and entry.size <= LARGEST_BYTES:
            # Its radii may have been gathered on another subject than the first.
            family = by_family[entry.api, entry.check.partition("::")[0]]
            kept = family.get(entry.id)
            if kept is None or _rank(entry) < _rank(kept):
                family[entry.id] = entry
    chosen: dict[str, Entry] = {}
    for _, family in sorted(by_family.items()):
        alike = [entry for _, entry in sorted(family.items())]
        features = {entry.id: _features(entry) for entry in alike}
        graphs = _graphs(alike, features)
        drawn = _examples([entry for entry in alike if entry.graph in graphs], features)
        chosen.update((entry.id, entry) for entry in [*_in_regimes(drawn), *drawn])
    return list(chosen.values())


def _rank(entry: Entry) -> tuple[bool, str]:
    """The order of an example that two checks ran."""
    return not entry.radii, entry.check


def _graphs(entries: list[Entry], features: Mapping[str, frozenset[Feature]]) -> list[str]:
    """The graphs whose examples, taken together, show most."""
    of_graph: dict[str, set[Feature]] = defaultdict(set)
    for entry in entries:
        of_graph[entry.graph] |= features[entry.id]
    shown: Counter[Feature] = Counter()
    chosen: list[str] = []
    while len(chosen) < min(GRAPHS, len(of_graph)):
        best = max(
            (name for name in of_graph if name not in chosen),
            key=lambda name: (_worth(of_graph[name], shown), name),
        )
        chosen.append(best)
        shown.update(of_graph[best])
    return chosen


def _examples(entries: list[Entry], features: Mapping[str, frozenset[Feature]]) -> list[Entry]:
    shown: Counter[Feature] = Counter()
    chosen: list[Entry] = []
    left = list(entries)
    while left and len(chosen) < EXAMPLES:
        worth = [_worth(features[entry.id], shown) / _cost(entry) for entry in left]
        best = worth.index(max(worth))
        if not worth[best]:
            break
        chosen.append(left.pop(best))
        shown.update(features[chosen[-1].id])
    return chosen


def _in_regimes(drawn: list[Entry]) -> Iterator[Entry]:
    """For each graph an example with its largest array in every regime; they have no radii."""
    done = set()
    for entry in drawn:
        place = _largest(entry.trace)
        if place is not None and entry.graph not in done:
            done.add(entry.graph)
            yield from (_in_regime(entry, place, regime) for regime in REGIMES)


def _largest(trace: Trace) -> tuple[str, str, Array] | None:
    """The largest floating-point array a trace feeds, as in `Trace.arrays`."""
    floats = [fed for fed in trace.arrays() if fed[2].dtype.name in FLOATS and fed[2].size]
    return max(floats, key=lambda fed: fed[2].size, default=None)


def _in_regime(entry: Entry, place: tuple[str, str, Array], regime: str) -> Entry:
    at, fed_as, old = place
    array = make_array(old.dtype.name, old.shape, regime, 0)
    old_trace = entry.trace

    def fed(when: str, feeds: Mapping[str, Array]) -> Mapping[str, Array]:
        return {**feeds, fed_as: array} if when == at else feeds

    steps = tuple(
        Step(one.fetches, fed(f"step {index}", one.feeds))
        for index, one in enumerate(old_trace.steps)
    )
    trace = Trace(steps, fed("init", old_trace.init), old_trace.fresh)
    edges = tuple(sorted({edge for _, edge in fed_edges(trace)}))
    return replace(entry, trace=trace, edges=edges, radii={})


def _features(entry: Entry) -> frozenset[Feature]:
    dtype = entry.dtype or ""
    return frozenset(
        {
            ("check", dtype, entry.check.partition("[")[0]),
            ("graph", entry.graph),
            ("regime", dtype, *entry.edges),
            *(("edge", dtype, edge) for edge in entry.edges),
            *(("fed", dtype, name, edge) for name, edge in fed_edges(entry.trace)),
        }
    )


def _worth(features: Iterable[Feature], shown: Counter[Feature]) -> float:
    return sum(WORTH.get(shown[feature], 0.0) for feature in features)


def _cost(entry: Entry) -> float:
    return 1.0 + entry.size / BYTES_PER_COST
