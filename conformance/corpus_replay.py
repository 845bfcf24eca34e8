"""The corpus run on one subject: what came out, bit for bit."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.subject import ApiMissing, SubjectCrashed, SubjectTimedOut
from reports import outputs
from reports.outputs import EntryOutputs, Output

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from conformance.corpus import Corpus, Entry
    from conformance.subject import Observed, Subject
    from conformance.trace import Array

__all__ = ["Replay", "outputs_of", "replay_entries"]

# Each costs another import of TensorFlow.
MOST_CRASHES = 6
_SPARED: str | None = "its graph, or too many others, crashed TensorFlow"


class Replay:
    """The corpus replayed in the course of a run: a check's entries right after the check.

    By then the worker has most of their graphs. Of several processes each replays after its own
    checks, and one of them joins what all of them have.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._order = {entry.id: place for place, entry in enumerate(corpus.entries)}
        self._by_check: dict[str, list[Entry]] = defaultdict(list)
        for entry in corpus.entries:
            self._by_check[entry.check].append(entry)
        self._crashed: set[str] = set()
        self._replayed: list[EntryOutputs] = []
        self._seconds = 0.0

    def after(self, check: str, subject: Subject) -> None:
        """Replay the entries that came from a check.

        Raises
        ------
        LitmusError
            The subject cannot be started again after a crash.
        """
        began = time.monotonic()
        entries = self._by_check.get(check, ())
        self._replayed += replay_entries(subject, entries, self._crashed)
        self._seconds += time.monotonic() - began

    def encoded(self) -> tuple[bytes, float]:
        """What another process `join` takes: the outputs, and the seconds they took."""
        return outputs.encode(self._corpus.digest, self._replayed), self._seconds

    def join(self, encoded: bytes, seconds: float) -> None:
        """Take what another process has replayed."""
        self._replayed += outputs.decode(encoded)[1]
        self._seconds += seconds

    def write(self, folder: Path) -> dict[str, Any] | None:
        """Write what was replayed to ``folder``, in the corpus' order.

        Returns
        -------
        summary : dict or None
            ``corpus`` of report.json; None when there is nothing to write.

        Raises
        ------
        OSError
            It cannot be written.
        """
        if not self._replayed:
            return None
        replayed = sorted(self._replayed, key=lambda one: self._order[one.id])
        outputs.write(folder / outputs.NAME, self._corpus.digest, replayed)
        counted = Counter(one.outcome for one in replayed)
        plain = ("values", "missing", "crashed", "timed_out", "not run")
        return {
            "digest": self._corpus.digest,
            "file": outputs.NAME,
            "entries": len(replayed),
            **{name.replace(" ", "_"): counted[name] for name in plain},
            "refused": sum(count for outcome, count in counted.items() if outcome not in plain),
            "seconds": round(self._seconds, 3),
        }


def replay_entries(
    subject: Subject, entries: Iterable[Entry], crashed: set[str] | None = None
) -> list[EntryOutputs]:
    """Run entries in their order; a crash costs the entries after it on the same graph.

    ``crashed`` remembers the graphs that crashed, from one call to the next.

    Raises
    ------
    LitmusError
        The subject cannot be started again after a crash.
    """
    crashed = set() if crashed is None else crashed
    replayed = []
    for entry in entries:
        outcome, reason = "not run", _SPARED
        fetched: tuple[Output, ...] = ()
        if len(crashed) < MOST_CRASHES and entry.graph not in crashed:
            subject.begin_check()
            try:
                observed = subject.run(entry.spec, entry.trace)
                outcome, reason = _outcome(observed)
                fetched = tuple(outputs_of(observed, entry.radii))
            except ApiMissing as error:
                outcome, reason = "missing", str(error)
            except SubjectCrashed as error:
                crashed.add(entry.graph)
                outcome = "timed_out" if isinstance(error, SubjectTimedOut) else "crashed"
                reason = str(error)
        replayed.append(
            EntryOutputs(entry.id, entry.check, entry.api, entry.dtype, outcome, reason, fetched)
        )
    return replayed


def _outcome(observed: Observed) -> tuple[str, str | None]:
    error = observed.error
    if error is None:
        return "values", None
    return f"{error.type} at {error.during}", error.message


def outputs_of(observed: Observed, radii: Mapping[tuple[int, str], Array]) -> Iterator[Output]:
    """Give every array a trace fetched, with its radius where there is one of its shape."""
    for step, values in enumerate(observed.steps):
        for fetch, value in sorted(values.items()):
            radius = radii.get((step, fetch))
            if radius is not None and radius.shape != value.shape:
                radius = None
            yield Output(step, fetch, *_named(value), radius)


def _named(value: Array) -> tuple[str, Array]:
    """An array and TensorFlow's name for its dtype, in what NumPy alone can read."""
    if value.dtype.name == "bfloat16":
        return "bfloat16", value.view(np.uint16)
    if value.dtype.kind in "OSU":
        return "string", np.asarray(value, object)
    return value.dtype.name, value
