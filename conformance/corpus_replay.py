"""The corpus run on one subject: what came out, bit for bit."""

from __future__ import annotations

import time
from collections import Counter
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

__all__ = ["outputs_of", "replay", "replay_entries", "summary"]

# Each costs another import of TensorFlow.
MOST_CRASHES = 6
_SPARED: str | None = "its graph, or too many others, crashed TensorFlow"


def replay(subject: Subject, corpus: Corpus, apis: Iterable[str], folder: Path) -> dict[str, Any]:
    """Replay the entries of some APIs; write their outputs to ``folder`` and return the summary.

    Raises
    ------
    LitmusError
        The subject cannot be started again after a crash.
    OSError
        The outputs cannot be written.
    """
    began = time.monotonic()
    wanted = set(apis)
    entries = [entry for entry in corpus.entries if entry.api in wanted]
    replayed = replay_entries(subject, entries)
    outputs.write(folder / outputs.NAME, corpus.digest, replayed)
    return summary(corpus, replayed, time.monotonic() - began)


def summary(corpus: Corpus, replayed: list[EntryOutputs], seconds: float) -> dict[str, Any]:
    """Return ``corpus`` of report.json."""
    counted = Counter(one.outcome for one in replayed)
    plain = ("values", "missing", "crashed", "timed_out", "not run")
    return {
        "digest": corpus.digest,
        "file": outputs.NAME,
        "entries": len(replayed),
        **{name.replace(" ", "_"): counted[name] for name in plain},
        "refused": sum(count for outcome, count in counted.items() if outcome not in plain),
        "seconds": round(seconds, 3),
    }


def replay_entries(subject: Subject, entries: Iterable[Entry]) -> list[EntryOutputs]:
    """Run entries in their order; a crash costs the entries after it on the same graph.

    Raises
    ------
    LitmusError
        The subject cannot be started again after a crash.
    """
    crashed: set[str] = set()
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
