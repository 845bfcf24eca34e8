"""The diff of two reports: what a change of TensorFlow takes away, moves and mends.

Every check that is in either report falls into one class. The classes, gravest first:

==================  ===========================================================================
regression          passed or expected before; failed, crashed or timed out now
lost                ran before, whatever came out; its API is missing now
fewer_comparisons   passed or expected on both sides, but fewer elements and facts were compared,
                    or the check is not in the candidate's report at all
new_failing         missing or not in the base's report; failed, crashed or timed out now. Nothing
                    that worked on the base is broken by it, so it is not a regression
deviates            passed before; now departs from the reference in a registered way
drifted             the same good verdict on the same inputs, with different bits
incomparable        the same good verdict, different bits, but the inputs differed too (or one side
                    does not say which it had): this is not evidence of drift
still_failing       failed, crashed or timed out on both sides, perhaps differently
fixed               failed, crashed or timed out before and good now, or expected before and
                    passed now
new                 missing or not in the base's report; good now
unchanged           the same verdict, and no known difference in bits
==================  ===========================================================================

A check gets the first class of this list that applies. Its agreement in bits is kept beside the
class, because a check that compares less may have drifted as well. Where bits differ on the same
inputs, ``accuracy`` says whether the farthest value came nearer to the exact answer, in radii.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports import distances, headline
from reports.files import DIFF
from reports.outcomes import BAD, GOOD, count, largest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

CLASSES = (
    "regression",
    "lost",
    "fewer_comparisons",
    "new_failing",
    "deviates",
    "drifted",
    "incomparable",
    "still_failing",
    "fixed",
    "new",
    "unchanged",
)
ACCURACY = ("better", "worse", "equal")
_REGRESSION = {"regression", "lost", "fewer_comparisons"}
_DRIFT = {"deviates", "drifted"}


def compare(
    base: dict[str, Any],
    candidate: dict[str, Any],
    folders: tuple[Path, Path] | None = None,
) -> dict[str, Any]:
    """Compare two valid reports check by check.

    Parameters
    ----------
    base, candidate
        The two reports.
    folders
        Where they are: what is beside them says how far apart the two are on the frozen inputs.

    Returns
    -------
    dict
        A document valid under ``diff-1.schema.json``. It depends on the two reports alone, so
        equal reports give equal diffs; checks and APIs are ordered by class, then API, then id.
    """
    before = {check["id"]: check for check in base["checks"]}
    after = {check["id"]: check for check in candidate["checks"]}
    checks = sorted(
        (_check(before.get(name), after.get(name)) for name in before.keys() | after.keys()),
        key=lambda check: (CLASSES.index(check["class"]), check["api"], check["id"]),
    )
    classes = {check["class"] for check in checks}
    rows, note = distances.between(*folders) if folders else (None, None)
    diff: dict[str, Any] = {
        "schema": DIFF,
        "severity": "regression"
        if classes & _REGRESSION
        else "drift"
        if classes & _DRIFT
        else "none",
        "notes": [*_notes(base, candidate), *([note] if note else [])],
        "base": _run(base),
        "candidate": _run(candidate),
        "counts": {name: sum(check["class"] == name for check in checks) for name in CLASSES},
        "comparisons": _comparisons(checks),
        "apis": _by_api(checks),
        "checks": checks,
        "distances": _of_apis(rows, checks),
    }
    return {"schema": DIFF, "headline": headline.of_diff(diff), **diff}


def _check(before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    named = after or before
    assert named is not None
    inputs = _agreement(before, after, "inputs")
    bits = _agreement(before, after, "bits")
    comparable = inputs == "equal" and _ran(before) and _ran(after)
    return {
        "id": named["id"],
        "api": named["api"],
        "dtype": named["dtype"],
        "class": _classify(before, after, inputs, bits),
        "inputs": inputs,
        "bits": bits if comparable else None,
        "accuracy": _accuracy(before, after) if comparable and bits == "differ" else None,
        "facts": _changed_facts(before, after),
        "base": _verdict(before),
        "candidate": _verdict(after),
    }


def _accuracy(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str | None:
    """Whether the worst error, in radii of the same balls, became smaller."""
    was, now = (side["worst"]["bound_fraction"] if side else None for side in (before, after))
    if was is None or now is None:
        return None
    return "equal" if was == now else "better" if float(now) < float(was) else "worse"


def _ran(check: dict[str, Any] | None) -> bool:
    return check is not None and check["outcome"] != "missing"


def _classify(
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    inputs: str | None,
    bits: str | None,
) -> str:
    was = before["outcome"] if before else "missing"
    now = after["outcome"] if after else "absent"
    if now in BAD:
        return "regression" if was in GOOD else "still_failing" if was in BAD else "new_failing"
    if was == "missing" and now in GOOD:
        return "new"
    if now == "missing":
        return "unchanged" if was == "missing" else "lost"
    if now == "absent" or was in BAD:
        return "fewer_comparisons" if now == "absent" else "fixed"
    assert before is not None
    assert after is not None
    if after["comparisons"] < before["comparisons"]:
        return "fewer_comparisons"
    if was != now:
        return "deviates" if now == "expected" else "fixed"
    if bits == "differ":
        return "drifted" if inputs == "equal" else "incomparable"
    return "unchanged"


def _agreement(
    before: dict[str, Any] | None, after: dict[str, Any] | None, digest: str
) -> str | None:
    if not before or not after or before[digest] is None or after[digest] is None:
        return None
    return "equal" if before[digest] == after[digest] else "differ"


def _changed_facts(
    before: dict[str, Any] | None, after: dict[str, Any] | None
) -> list[dict[str, Any]]:
    """What each side's graph says of itself, where they differ; null is a fact a side lacks."""
    was = (before or {}).get("facts") or {}
    now = (after or {}).get("facts") or {}
    return list(_differences("", was, now)) if was and now else []


def _differences(name: str, was: Any, now: Any) -> Iterator[dict[str, Any]]:
    """Go down into objects, so that a change names the operation or the collection it is in."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in sorted(was.keys() | now.keys()):
            yield from _differences(f"{name}: {key}" if name else key, was.get(key), now.get(key))
    elif was != now:
        yield {"name": name, "base": was, "candidate": now}


def _verdict(check: dict[str, Any] | None) -> dict[str, Any] | None:
    if check is None:
        return None
    return {name: value for name, value in check.items() if name not in ("id", "api", "dtype")}


def _run(report: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name not in ("schema", "checks")}


def _notes(base: dict[str, Any], candidate: dict[str, Any]) -> list[str]:
    notes = [
        f"The report of {report['subject']['label']} is incomplete: its run was cut short, "
        "and checks it lacks may never have started."
        for report in (base, candidate)
        if report["incomplete"]
    ]
    before, after = ({"enlarge": 1, **report["settings"]} for report in (base, candidate))
    for setting in ("examples", "seed", "select", "setup", "enlarge"):
        was, now = before[setting], after[setting]
        if was != now:
            notes.append(f"The two runs had different settings: {setting} {was} and then {now}.")
    return notes


def _by_api(checks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for check in checks:
        groups.setdefault(check["api"], []).append(check)
    # The checks come gravest first, and so do the groups and the members of each.
    return [
        {
            "api": api,
            "class": group[0]["class"],
            "checks": len(group),
            "counts": count((check["class"] for check in group), CLASSES),
            "comparisons": _comparisons(group),
            "bits": _joint_bits(group),
            "accuracy": count((check["accuracy"] for check in group), ACCURACY),
            "bound_fraction": _worst(group, "bound_fraction"),
            "ulp": _worst(group, "ulp"),
        }
        for api, group in groups.items()
    ]


def _of_apis(
    rows: list[dict[str, Any]] | None, checks: list[dict[str, Any]]
) -> list[dict[str, Any]] | None:
    """The distances of the APIs that the checks are about."""
    apis = {check["api"] for check in checks}
    return None if rows is None else [row for row in rows if row["api"] in apis]


def _joint_bits(checks: Iterable[dict[str, Any]]) -> str | None:
    # What neither side can run, or of which neither claims any bits, is no difference between them.
    agreements = {
        check["bits"]
        for check in checks
        if any(_ran(side) and side["bits"] for side in (check["base"], check["candidate"]))
    }
    if "differ" in agreements:
        return "differ"
    return "equal" if agreements == {"equal"} else None


def _comparisons(checks: Iterable[dict[str, Any]]) -> dict[str, int]:
    totals = {"base": 0, "candidate": 0}
    for check in checks:
        for side in totals:
            totals[side] += check[side]["comparisons"] if check[side] else 0
    return totals


def _worst(checks: list[dict[str, Any]], measure: str) -> dict[str, float | str | None]:
    return {
        side: largest(check[side]["worst"][measure] for check in checks if check[side])
        for side in ("base", "candidate")
    }
