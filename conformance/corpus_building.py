"""Making the corpus: gather what checks run, choose from it, and freeze what is reproducible."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.corpus import FOUND, Corpus, Entry, by_family, decode_entries
from conformance.corpus_choice import choose
from conformance.corpus_edges import fed_edges
from conformance.corpus_replay import replay_entries
from conformance.errors import UsageError
from conformance.pytest_process import AS_EXPECTED, DEVIATION, Options, run_checks
from conformance.strategies import dtype_of
from conformance.subject import Subject, worker_settings
from conformance.subjects import resolve
from conformance.trace import GraphSpec, Step, Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from conformance.trace import Array
    from reports.outputs import EntryOutputs

__all__ = ["build", "gather", "of_failure", "reproducible", "with_found"]


def gather(subject: str, examples: int, folder: Path) -> Path:
    """Run every check on one subject; return the file of what they ran.

    Raises
    ------
    UsageError
        The run did not end as a run does.
    """
    path = folder / f"{subject}.frames"
    arguments = ("--gather", str(path), "--no-corpus", "--no-shrink", "-q")
    options = Options(folder, examples=examples, pytest_args=arguments, step_summary=False)
    status, reason = run_checks(subject, "legacy", options)
    if status not in (AS_EXPECTED, DEVIATION):
        raise UsageError(f"nothing was gathered on {subject}: {reason or f'exit status {status}'}")
    return path


def build(gathered: Iterable[Path], subjects: Iterable[str], old: Corpus) -> Corpus:
    """Choose from gathered examples those to freeze; what was found before is kept.

    Raises
    ------
    LitmusError
        A subject that is asked what is reproducible cannot be started.
    """
    examples = (entry for path in gathered for entry in decode_entries(path.read_bytes()))
    chosen = choose(examples)
    for name in subjects:
        chosen = reproducible(name, chosen)
    found = old.families.get(FOUND, ())
    known = {entry.id for entry in found}
    families = by_family(entry for entry in chosen if entry.id not in known)
    return Corpus({**families, **({FOUND: found} if found else {})})


def reproducible(name: str, entries: list[Entry]) -> list[Entry]:
    """Return the entries that give the same in two processes, in this order and in the reverse.

    Raises
    ------
    LitmusError
        The subject cannot be started.
    """
    forth = {one.id: _bits(one) for one in _replayed(name, entries)}
    back = {one.id: _bits(one) for one in _replayed(name, entries[::-1])}
    spared = {name for one in (forth, back) for name, (end, _) in one.items() if end == "not run"}
    return [one for one in entries if one.id in spared or forth[one.id] == back[one.id]]


def with_found(corpus: Corpus, entries: Iterable[Entry]) -> tuple[Corpus, int]:
    """Add counterexamples to a corpus; returns it and how many are new."""
    known = {entry.id for entry in corpus.entries}
    new = {entry.id: entry for entry in entries if entry.id not in known}
    found = (*corpus.families.get(FOUND, ()), *new.values())
    return Corpus({**corpus.families, **({FOUND: found} if found else {})}), len(new)


def of_failure(check: dict[str, Any]) -> Entry | None:
    """Return the minimal example of a failing check in a report; None where it has none."""
    failure = check["failure"]
    ran = (failure or {}).get("run")
    if failure["kind"] == "outcome" or ran is None:
        return None
    fed: dict[Any, dict[str, Array]] = {}
    for one in failure["inputs"]:
        fed.setdefault(one["step"], {})[one["name"]] = _array(one["array"])
    steps = tuple(
        Step(tuple(fetches), fed.get(f"step {at}", {})) for at, fetches in enumerate(ran["steps"])
    )
    entry = Entry(
        check["id"],
        check["api"],
        check["dtype"],
        GraphSpec(**ran["graph"]),
        Trace(steps, fed.get("init", {}), ran["fresh"]),
    )
    if failure["radius"] is not None:
        radii = {(failure["step"], failure["fetch"]): _array(failure["radius"])}
        entry = replace(entry, radii=radii)
    return replace(entry, edges=tuple(sorted({edge for _, edge in fed_edges(entry.trace)})))


def _replayed(name: str, entries: list[Entry]) -> Iterator[EntryOutputs]:
    subject = Subject(resolve(name), worker_settings())
    try:
        yield from replay_entries(subject, entries)
    finally:
        subject.close()


def _bits(one: EntryOutputs) -> tuple[Any, ...]:
    outputs = [
        (out.step, out.fetch, out.dtype, out.values.shape, _canonical(out.values))
        for out in one.outputs
    ]
    return one.outcome, outputs


def _canonical(values: Array) -> object:
    return values.tolist() if values.dtype.hasobject else values.tobytes()


def _array(described: dict[str, Any]) -> Array:
    """The array of a report (report.json: ``array``)."""
    shape = described["shape"]
    if described["hex"] is None:
        return np.array([one.encode() for one in described["values"]], object).reshape(shape)
    dtype = dtype_of(described["dtype"]).newbyteorder("<")
    return np.frombuffer(bytes.fromhex(described["hex"]), dtype).reshape(shape).copy()
