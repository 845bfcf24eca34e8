"""The five numbers at the head of a page, each a link to the checks it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports import wording
from reports.outcomes import BAD, BY_GRAVITY, count, largest, lost_apis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Figure:
    """A number, what it counts, and the state of the page that shows those checks, if any."""

    number: int
    label: str
    tone: str
    detail: str = ""
    state: dict[str, str] | None = None


def of_run(report: dict[str, Any]) -> list[Figure]:
    """Count deviations, missing, expected and passed checks, and comparisons."""
    checks = report["checks"]
    counts = count((check["outcome"] for check in checks), BY_GRAVITY)
    missing = {check["api"] for check in checks if check["outcome"] == "missing"}
    fraction = largest(check["worst"]["bound_fraction"] for check in checks)
    words = {name: word.words for name, word in wording.OUTCOMES.items()}
    return [
        _sum("outcome", counts, BAD, "deviations", "bad", _breakdown(counts, BAD, words)),
        _sum(
            "outcome",
            counts,
            ("missing",),
            "missing",
            "lost",
            f"in {wording.plural(len(missing), 'API')}" if missing else "",
        ),
        _sum("outcome", counts, ("expected",), "expected", "drift", "registered deviations"),
        _sum(
            "outcome",
            counts,
            ("passed",),
            "passed",
            "good",
            f"of {wording.plural(len(checks), 'check')}",
        ),
        Figure(
            sum(check["comparisons"] for check in checks),
            "comparisons",
            "plain",
            f"worst at {wording.measure(fraction)} of its bound",
        ),
    ]


def of_diff(diff: dict[str, Any]) -> list[Figure]:
    """Count regressions, lost APIs, drifted, fixed and unchanged checks."""
    counts = diff["counts"]
    drift = largest(
        check["candidate"]["worst"]["ulp"]
        for check in diff["checks"]
        if check["class"] == "drifted"
    )
    regressions = ("regression", "fewer_comparisons")
    words = {"regression": "failing", "fewer_comparisons": "comparing less"}
    return [
        _sum(
            "class",
            counts,
            regressions,
            "regressions",
            "bad",
            _breakdown(counts, regressions, words),
        ),
        _lost(diff),
        _sum(
            "class",
            counts,
            ("drifted",),
            "drifted",
            "drift",
            f"now up to {wording.measure(drift)} ulp" if drift is not None else "",
        ),
        _sum("class", counts, ("fixed",), "fixed", "good", ""),
        _sum(
            "class",
            counts,
            ("unchanged",),
            "unchanged",
            "plain",
            f"of {wording.plural(len(diff['checks']), 'check')}",
        ),
    ]


def _lost(diff: dict[str, Any]) -> Figure:
    """Count the APIs of which nothing is left or, where there is none, the lost checks."""
    number = diff["counts"]["lost"]
    whole = len(lost_apis(diff["checks"]))
    state = {"class": "lost"}
    if number and not whole:
        parts = sum("lost" in api["counts"] for api in diff["apis"])
        detail = f"in {wording.plural(parts, 'API')} that {'stays' if parts == 1 else 'stay'}"
        return Figure(number, "lost check" if number == 1 else "lost checks", "lost", detail, state)
    return Figure(
        whole,
        "lost API" if whole == 1 else "lost APIs",
        "lost" if whole else "plain",
        f"{wording.plural(number, 'check')} lost" if number else "",
        state,
    )


def _sum(
    field: str,
    counts: Mapping[str, int],
    names: Sequence[str],
    label: str,
    tone: str,
    detail: str,
) -> Figure:
    """Count the checks whose `field` is one of `names`."""
    present = [name for name in names if counts.get(name)]
    number = sum(counts[name] for name in present)
    state = {field: ",".join(present or names)}
    return Figure(number, label, tone if number else "plain", detail, state)


def _breakdown(counts: Mapping[str, int], names: Sequence[str], words: Mapping[str, str]) -> str:
    return ", ".join(f"{counts[name]} {words[name]}" for name in names if counts.get(name))
