"""One sentence that says what a run or a diff found, the same in a terminal and on a page."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from reports.outcomes import BAD, lost_apis
from reports.wording import count, plural, short_reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Gravest first; past the fifth, a sentence is no headline any more and the counts speak.
_MOST_CLAUSES = 5
# Names are written whole, and all of them or none: what is gone for good has more room.
_MOST_NAMES = 6
_MOST_NAMES_IN_PART = 2
_PHRASES = {
    "regression": "fails {checks} that {base} passes ({apis})",
    "lost API": "loses {apis}{why}",
    "lost part": "loses {checks} of {parts}{why}",
    "fewer_comparisons": "compares less in {checks}",
    "new_failing": "fails {checks} that {base} could not run",
    "deviates": "newly deviates, as registered, in {checks}",
    "drifted": "changes bits in {number} of {comparable}",
    "still_failing": "still fails {checks}",
    "fixed": "mends {checks}",
}


def of_run(report: dict[str, Any]) -> str:
    """Say in one sentence what one subject's run found."""
    checks = report["checks"]
    name = f"TensorFlow {report['subject']['tensorflow']}"
    if report["incomplete"]:
        name = f"The run was cut short; so far TensorFlow {report['subject']['tensorflow']}"
    bad = [check for check in checks if check["outcome"] in BAD]
    missing = [check for check in checks if check["outcome"] == "missing"]
    expected = sum(check["outcome"] == "expected" for check in checks)
    passed = sum(check["outcome"] == "passed" for check in checks)
    ran = len(checks) - len(missing)
    clauses = [f"deviates in {_of(len(bad), ran)} ({_apis(bad)})"] if bad else []
    if passed and not bad:
        all_of_it = passed == len(checks)
        clauses.append(f"does what it promises in {_all(passed) if all_of_it else _checks(passed)}")
    if not ran:
        clauses.append("ran no check")
    if expected:
        clauses.append(f"deviates as registered in {expected}")
    there = {check["api"] for check in checks if check["outcome"] != "missing"}
    if absent := [check for check in missing if check["api"] not in there]:
        clauses.append(f"does not have {_apis(absent)}{_why(absent)}")
    if partly := [check for check in missing if check["api"] in there]:
        apis = _apis(partly, _MOST_NAMES_IN_PART)
        need = "needs" if len(partly) == 1 else "need"
        clauses.append(f"lacks what {_checks(len(partly))} of {apis} {need}{_why(partly)}")
    return f"{name} {_and(clauses)}."


def of_diff(diff: dict[str, Any]) -> str:
    """Say in one sentence what a diff found. `diff` is a diff without its headline."""
    base, candidate = subject_names(diff)
    groups: dict[str, list[dict[str, Any]]] = {}
    for check in diff["checks"]:
        groups.setdefault(check["class"], []).append(check)
    # An API is lost when nothing of it is left; else only some of its checks are.
    gone = lost_apis(diff["checks"])
    lost = groups.pop("lost", [])
    groups["lost API"] = [check for check in lost if check["api"] in gone]
    groups["lost part"] = [check for check in lost if check["api"] not in gone]
    clauses = [
        phrase.format(
            number=count(len(groups[name])),
            checks=_checks(len(groups[name])),
            apis=_apis(groups[name]),
            parts=_apis(groups[name], _MOST_NAMES_IN_PART),
            why=_why([check["candidate"] for check in groups[name]]),
            base=base,
            comparable=_checks(sum(check["bits"] is not None for check in diff["checks"])),
        )
        for name, phrase in _PHRASES.items()
        if groups.get(name)
    ]
    if not clauses:
        ran = sum(
            bool(check["base"] and check["base"]["outcome"] != "missing")
            for check in diff["checks"]
        )
        clauses = [f"takes nothing away that {base} has, in {_all(ran)} that ran there"]
    identical = _bit_identical(diff["apis"])
    return f"{candidate} {_and(clauses[:_MOST_CLAUSES])}{f'; {identical}' if identical else ''}."


def of_matrix(matrix: dict[str, Any]) -> str:
    """Say in one sentence what a matrix found. `matrix` is one without its headline."""
    cells = matrix["cells"]
    ran = [cell for cell in cells if cell["summary"] is not None]
    deviating = [cell for cell in ran if any(cell["summary"][name] for name in BAD)]
    clauses = []
    if deviating:
        clauses.append(f"{_subjects(deviating)} {'deviates' if len(deviating) == 1 else 'deviate'}")
    elif ran:
        clauses.append("none deviates but as registered")
    if absent := [cell for cell in cells if cell["summary"] is None]:
        clauses.append(f"{_subjects(absent)} could not be run")
    steps = sum(step["severity"] != "none" for step in matrix["steps"])
    if matrix["steps"]:
        clauses.append(f"{count(steps)} of {plural(len(matrix['steps']), 'step')} change something")
    return f"Of {plural(len(cells), 'subject')}, {_and(clauses)}."


def _subjects(cells: Sequence[dict[str, Any]]) -> str:
    names = [f"{cell['subject']} ({cell['profile']})" for cell in cells]
    return _names(names, _MOST_NAMES, noun="subject")


def subject_names(diff: dict[str, Any]) -> tuple[str, str]:
    """Shortest names that tell the base and the candidate of a diff apart."""
    base, candidate = diff["base"]["subject"], diff["candidate"]["subject"]
    for field in ("tensorflow", "label"):
        if base[field] != candidate[field]:
            return base[field], candidate[field]
    return "the base", "the candidate"


def _bit_identical(apis: Sequence[dict[str, Any]]) -> str | None:
    same = [api["api"] for api in apis if api["bits"] == "equal" and api["class"] == "unchanged"]
    if not same:
        return None
    # What is well needs no name, unless there is little of it.
    if len(same) > 2:
        return f"{count(len(same))} of {plural(len(apis), 'API')} are bit-identical"
    return f"{_and(sorted(same))} {'is' if len(same) == 1 else 'are'} bit-identical"


def _why(verdicts: Iterable[dict[str, Any] | None]) -> str:
    """Say in brackets why some verdicts are missing: the reason of most of them."""
    reasons = Counter(
        # The name before a reason says what was asked for, and that is in the sentence already.
        re.sub(r"^[\w.]+: ", "", short_reason(verdict["reason"])).rstrip(".")
        for verdict in verdicts
        if verdict and verdict["reason"]
    )
    if not reasons:
        return ""
    first = reasons.most_common(1)[0][0]
    others = len(reasons) - 1
    rest = f" and {count(others)} more {'reason' if others == 1 else 'reasons'}" if others else ""
    return f" ({first}{rest})"


def _apis(checks: Iterable[dict[str, Any]], limit: int = _MOST_NAMES) -> str:
    """Name the APIs of some checks, that with most of them first."""
    return _names(
        [api for api, _ in Counter(check["api"] for check in checks).most_common()], limit
    )


def _names(names: list[str], limit: int, noun: str = "API") -> str:
    """Name them all, or, where they are too many to read, count them."""
    return _and(names) if len(names) <= limit else plural(len(names), noun)


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _checks(number: int) -> str:
    return plural(number, "check")


def _of(number: int, total: int) -> str:
    return f"{count(number)} of {_checks(total)}"


def _all(total: int) -> str:
    return "its only check" if total == 1 else f"all {_checks(total)}"
