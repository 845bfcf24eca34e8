"""Two subjects asked the same: what a differential search climbs on, and what it has found."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from conformance.corpus import Entry
from conformance.corpus_replay import outputs_of
from conformance.judge import radii
from conformance.recorder import release
from conformance.subject import SubjectCrashed, SubjectTimedOut
from reports import distances

if TYPE_CHECKING:
    from conformance.judge import Expected
    from conformance.record import CheckRecord
    from conformance.subject import Observed, Subject
    from conformance.trace import Array, GraphSpec, Sampling, Trace
    from reports.outputs import Output

__all__ = ["Difference", "Pair"]


@dataclass(frozen=True)
class Difference:
    """How far two subjects are apart on one example.

    Attributes
    ----------
    amount
        In ``unit``: 0 for equal bits, infinite where only one has an error, or a NaN.
    unit
        ``radii`` of the reference's ball, ``ulp`` where the check expects bits, or ``end`` where
        one subject refuses, dies or gives another shape or dtype.
    step, fetch, index
        Where they are farthest apart; None where they end in another way.
    base, candidate
        The arrays there.
    message
        The two answers in one line.
    """

    amount: float
    unit: str
    spec: GraphSpec
    trace: Trace
    message: str
    step: int | None = None
    fetch: str | None = None
    index: tuple[int, ...] | None = None
    base: Array | None = None
    candidate: Array | None = None

    def entry(self, check: str, api: str, dtype: str | None) -> Entry:
        """Return the example as one to freeze."""
        return Entry(check, api, dtype, self.spec, self.trace)


@dataclass
class _Asked:
    """One trace that both subjects ran."""

    base: Observed | SubjectCrashed
    candidate: Observed | SubjectCrashed
    radii: dict[tuple[int, str], Array]


class Pair:
    """What a check takes for the subject: it answers as ``base``, and asks ``candidate`` the same.

    Parameters
    ----------
    base, candidate
        Two TensorFlows, started.
    """

    def __init__(self, base: Subject, candidate: Subject) -> None:
        self._subjects = (base, candidate)
        self.names = tuple(release(one.fingerprint) for one in self._subjects)
        if self.names[0] == self.names[1]:
            self.names = ("the first", "the second")
        self._asked: list[_Asked] = []

    @property
    def fingerprint(self) -> dict[str, Any]:
        """What the base is: a check judges by its semantics."""
        return self._subjects[0].fingerprint

    @property
    def record(self) -> CheckRecord:
        """The base's counts."""
        return self._subjects[0].record

    def begin_check(self) -> None:
        """Start counting for another check."""
        for one in self._subjects:
            one.begin_check()

    def begin_example(self) -> None:
        """Forget what the last example asked."""
        self._asked.clear()

    def run(self, spec: GraphSpec, trace: Trace) -> Observed:
        """Run one trace on both; return what the base gave.

        Raises
        ------
        ApiMissing
            One of the two has no such API.
        SubjectCrashed, SubjectTimedOut
            The base died or hung.
        """
        base, candidate = (_answer(one, spec, trace) for one in self._subjects)
        self._asked.append(_Asked(base, candidate, {}))
        if isinstance(base, SubjectCrashed):
            raise base
        return base

    def sample(self, spec: GraphSpec, trace: Trace, sampling: Sampling) -> Any:  # noqa: ARG002
        """Skip the check: what sampled programs give is a matter of scheduling."""
        pytest.skip("sampled programs have no one answer to compare")

    def expect(self, observed: Observed, expected: Expected) -> None:
        """Take the radii of what a check expects."""
        for asked in self._asked:
            if asked.base is observed:
                asked.radii = {
                    place: np.asarray(radius, np.float64)
                    for place, radius in radii(expected).items()
                }

    def difference(self) -> Difference | None:
        """Return where the example's answers are farthest apart; None where they are the same."""
        found = [one for asked in self._asked for one in self._differences(asked)]
        return max(found, key=lambda one: one.amount, default=None)

    def _differences(self, asked: _Asked) -> list[Difference]:
        ends = (_end(asked.base), _end(asked.candidate))
        one = asked.base
        spec, trace = one.spec, one.trace
        if ends[0] != ends[1]:
            sides = zip(self.names, ends, (asked.base, asked.candidate), strict=True)
            told = "; ".join(f"{who}: {end}{_why(answer)}" for who, end, answer in sides)
            return [Difference(np.inf, "end", spec, trace, told)]
        if isinstance(asked.base, SubjectCrashed) or isinstance(asked.candidate, SubjectCrashed):
            return []
        was, now = (
            {(out.step, out.fetch): out for out in outputs_of(observed, asked.radii)}
            for observed in (asked.base, asked.candidate)
        )
        found = []
        for key in was.keys() & now.keys():
            step, fetch = key
            arrays = (asked.base.steps[step][fetch], asked.candidate.steps[step][fetch])
            amount, unit, index = _farthest(was[key], now[key])
            if amount > 0:
                message = self._told(step, fetch, index, arrays, amount, unit)
                found.append(
                    Difference(amount, unit, spec, trace, message, step, fetch, index, *arrays)
                )
        return found

    def _told(
        self,
        step: int,
        fetch: str,
        index: tuple[int, ...] | None,
        arrays: tuple[Array, Array],
        amount: float,
        unit: str,
    ) -> str:
        if index is None:
            shapes = (f"{one.dtype.name} {list(one.shape)}" for one in arrays)
            answers = zip(self.names, shapes, strict=True)
            return f"{fetch} at step {step}: " + "; ".join(
                f"{who}: {what}" for who, what in answers
            )
        answers = zip(self.names, (one[index] for one in arrays), strict=True)
        values = ", ".join(f"{who} gives {value}" for who, value in answers)
        return f"{fetch} at step {step}, index {list(index)}: {values}: {amount:.3g} {unit} apart"


def _answer(subject: Subject, spec: GraphSpec, trace: Trace) -> Observed | SubjectCrashed:
    try:
        return subject.run(spec, trace)
    except SubjectCrashed as error:
        return error


def _end(answer: Observed | SubjectCrashed) -> str:
    """How a trace ended, in words that do not change between releases for the same end."""
    if isinstance(answer, SubjectTimedOut):
        return "did not answer"
    if isinstance(answer, SubjectCrashed):
        return "died"
    if answer.error is not None:
        return f"{answer.error.type} at {answer.error.during}"
    return "values"


def _why(answer: Observed | SubjectCrashed) -> str:
    """What TensorFlow said of it, cut to a part of a line."""
    if isinstance(answer, SubjectCrashed) or answer.error is None:
        return ""
    return f" ({textwrap.shorten(answer.error.message, 120, placeholder=' …')})"


def _farthest(was: Output, now: Output) -> tuple[float, str, tuple[int, ...] | None]:
    """The largest distance of two outputs, its unit and its index; of equal bits 0."""
    if was.dtype != now.dtype or was.values.shape != now.values.shape:
        return np.inf, "end", None
    distance, unit = distances.in_ulp(was.values, now.values, was.dtype), "ulp"
    if was.radius is not None:
        distance, unit = distances.in_radii(was, now, was.radius)[0], "radii"
    if not distance.size or not distance.any():
        return 0.0, unit, None
    index = np.unravel_index(int(np.argmax(distance)), distance.shape)
    return float(np.max(distance)), unit, tuple(int(one) for one in index)
