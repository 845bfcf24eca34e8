"""In which release something changed, with as few of them installed and run as it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports import diff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["LEVELS", "Change", "changed", "locate"]

# What counts as a change: another verdict for the worse, or other bits too.
LEVELS = {
    "regression": {"regression", "lost", "fewer_comparisons", "new_failing", "deviates"},
    "drift": {*diff.CLASSES} - {"unchanged", "incomparable", "still_failing"},
}


@dataclass(frozen=True)
class Change:
    """Two neighbouring releases, by index, and the diff between them."""

    base: int
    candidate: int
    checks: frozenset[str]
    diff: dict[str, Any]


def changed(document: dict[str, Any], level: str) -> frozenset[str]:
    """Return the ids of the checks that a diff says changed, at a level of `LEVELS`."""
    return frozenset(check["id"] for check in document["checks"] if check["class"] in LEVELS[level])


def locate(
    count: int, compare: Callable[[int, int], dict[str, Any]], level: str, wanted: frozenset[str]
) -> Iterator[Change]:
    """Find where each of some checks changed between the first and the last of `count` releases.

    Halves are entered only where one of the `wanted` checks differs between their ends, so one
    change costs log2(count) runs. A check that changes and changes back within a half whose ends
    agree is not seen.

    Parameters
    ----------
    count
        The number of releases, in order.
    compare
        The diff of two releases, by index; called once for each pair that is needed.
    level
        A key of `LEVELS`.
    """

    def within(base: int, candidate: int, asked: frozenset[str]) -> Iterator[Change]:
        document = compare(base, candidate)
        differ = changed(document, level) & asked
        if not differ:
            return
        if candidate == base + 1:
            yield Change(base, candidate, differ, document)
            return
        middle = (base + candidate) // 2
        yield from within(base, middle, differ)
        yield from within(middle, candidate, differ)

    yield from within(0, count - 1, wanted)


def level_of(
    document: dict[str, Any], names: Sequence[str] = ("regression", "drift")
) -> str | None:
    """Return the gravest level at which anything changed, or None."""
    return next((name for name in names if changed(document, name)), None)
