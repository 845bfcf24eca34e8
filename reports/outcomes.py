"""The outcomes a check can have, in order of gravity, and the sums over them that pages share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BAD = ("failed", "crashed", "timed_out")
GOOD = ("passed", "expected")
BY_GRAVITY = ("crashed", "timed_out", "failed", "missing", "expected", "passed")


def by_api(checks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Roll up the checks of one report by API, gravest API first.

    Returns
    -------
    list of dict
        ``{api, outcome, checks, outcomes: {outcome: n}, comparisons, unclaimed, examples,
        bound_fraction, ulp, seconds}``, where `outcome` is the gravest of the API's checks and
        `bound_fraction` and `ulp` are the largest of them.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for check in checks:
        groups.setdefault(check["api"], []).append(check)
    apis = [
        {
            "api": api,
            "outcome": min((check["outcome"] for check in group), key=BY_GRAVITY.index),
            "checks": len(group),
            "outcomes": count((check["outcome"] for check in group), BY_GRAVITY),
            "comparisons": sum(check["comparisons"] for check in group),
            "unclaimed": sum(check["unclaimed"] for check in group),
            "examples": sum(check["examples"] for check in group),
            "bound_fraction": largest(check["worst"]["bound_fraction"] for check in group),
            "ulp": largest(check["worst"]["ulp"] for check in group),
            "seconds": sum(check["seconds"] for check in group),
        }
        for api, group in groups.items()
    ]
    return sorted(apis, key=lambda api: (BY_GRAVITY.index(api["outcome"]), api["api"]))


def gravest_first(checks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Order the checks of one report by outcome, then API, then id."""
    return sorted(
        checks,
        key=lambda check: (BY_GRAVITY.index(check["outcome"]), check["api"], check["id"]),
    )


def count(names: Iterable[str | None], order: Sequence[str]) -> dict[str, int]:
    """Count `names`, in the order of `order`, leaving out what does not occur."""
    present = list(names)
    return {name: present.count(name) for name in order if name in present}


def lost_apis(checks: Iterable[dict[str, Any]]) -> set[str]:
    """APIs of a diff's `checks` that lost checks and have none left that runs."""
    lost, left = set(), set()
    for check in checks:
        if check["class"] == "lost":
            lost.add(check["api"])
        elif check["candidate"] and check["candidate"]["outcome"] != "missing":
            left.add(check["api"])
    return lost - left


def largest(measures: Iterable[float | str | None]) -> float | str | None:
    """Largest of some measures; NaN is graver than any number, None is no measure at all.

    A measure is a number or, where JSON has none, the string ``"inf"`` or ``"nan"``.
    """
    known = [measure for measure in measures if measure is not None]
    return max(known, key=_gravity) if known else None


def _gravity(measure: float | str) -> tuple[bool, float]:
    number = float(measure)
    return (True, 0.0) if math.isnan(number) else (False, number)
