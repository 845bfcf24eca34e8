"""What a reader must know first of a run or a diff, where there is room for a few lines only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports import wording
from reports.outcomes import BAD, gravest_first

if TYPE_CHECKING:
    from collections.abc import Iterable

_GRAVE = ("regression", "lost", "fewer_comparisons", "new_failing")


@dataclass(frozen=True)
class Finding:
    """Checks that share a verdict and what is to be said of it, named by the first of them."""

    word: wording.Word
    name: str
    detail: str
    checks: int


def of_run(report: dict[str, Any]) -> list[Finding]:
    """Deviations, gravest first."""
    return _grouped(
        (wording.OUTCOMES[check["outcome"]], check["id"], _first_line(check["failure"]))
        for check in gravest_first(report["checks"])
        if check["outcome"] in BAD
    )


def of_diff(diff: dict[str, Any], also: tuple[str, ...] = ()) -> list[Finding]:
    """Regressions, losses and new failures, gravest first; `also` names further classes."""
    return _grouped(
        (wording.CLASSES[check["class"]], check["id"], _what_happened(check))
        for check in diff["checks"]
        if check["class"] in (*_GRAVE, *also)
    )


def _grouped(found: Iterable[tuple[wording.Word, str, str]]) -> list[Finding]:
    names: dict[tuple[wording.Word, str], list[str]] = {}
    for word, name, detail in found:
        # Of what says nothing of itself, each is named.
        names.setdefault((word, detail or name), []).append(name)
    words = list(dict.fromkeys(word for word, _ in names))
    order = sorted(names.items(), key=lambda item: (words.index(item[0][0]), -len(item[1])))
    return [
        Finding(word, group[0].rpartition("/")[2], detail if detail != group[0] else "", len(group))
        for (word, detail), group in order
    ]


def _what_happened(check: dict[str, Any]) -> str:
    before, after = check["base"], check["candidate"]
    if check["class"] == "fewer_comparisons":
        now = after["comparisons"] if after else 0
        return f"{wording.count(before['comparisons'])} → {wording.count(now)} comparisons"
    if after["failure"]:
        return _first_line(after["failure"])
    return wording.short_reason(after["reason"] or "")


def _first_line(failure: dict[str, Any] | None) -> str:
    return failure["message"].partition("\n")[0] if failure else ""
