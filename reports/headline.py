"""One sentence that says what a run or a diff found, the same in a terminal and on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.outcomes import BAD
from reports.wording import count, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Gravest first; past the fifth, a sentence is no headline any more and the counts speak.
_MOST_CLAUSES = 5
_PHRASES = {
    "regression": "fails {checks} that {base} passes ({apis})",
    "lost API": "loses {apis}",
    "lost part": "loses {checks} of {apis}",
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
    ran = len(checks) - len(missing)
    if bad:
        clauses = [f"deviates in {_of(len(bad), ran)} ({_apis(bad)})"]
    elif ran:
        clauses = [f"does what it promises in {_all(ran)}"]
    else:
        clauses = ["ran no check"]
    if expected:
        clauses.append(f"deviates as registered in {expected}")
    there = {check["api"] for check in checks if check["outcome"] != "missing"}
    if absent := [check for check in missing if check["api"] not in there]:
        clauses.append(f"does not have {_apis(absent)}")
    if partly := [check for check in missing if check["api"] in there]:
        clauses.append(f"lacks what {_checks(len(partly))} of {_apis(partly)} need")
    return f"{name} {_and(clauses)}."


def of_diff(diff: dict[str, Any]) -> str:
    """Say in one sentence what a diff found. `diff` is a diff without its headline."""
    base, candidate = subject_names(diff)
    groups: dict[str, list[dict[str, Any]]] = {}
    for check in diff["checks"]:
        groups.setdefault(check["class"], []).append(check)
    # An API is lost when nothing of it is left; else only some of its checks are.
    left = {
        check["api"]
        for check in diff["checks"]
        if check["candidate"] and check["candidate"]["outcome"] != "missing"
    }
    lost = groups.pop("lost", [])
    groups["lost API"] = [check for check in lost if check["api"] not in left]
    groups["lost part"] = [check for check in lost if check["api"] in left]
    clauses = [
        phrase.format(
            number=count(len(groups[name])),
            checks=_checks(len(groups[name])),
            apis=_apis(groups[name]),
            base=base,
            comparable=_checks(sum(check["bits"] is not None for check in diff["checks"])),
        )
        for name, phrase in _PHRASES.items()
        if groups.get(name)
    ]
    if not clauses:
        clauses = [f"takes nothing away that {base} has, in {_all(len(diff['checks']))}"]
    identical = _bit_identical(diff["apis"])
    return f"{candidate} {_and(clauses[:_MOST_CLAUSES])}{f'; {identical}' if identical else ''}."


def of_matrix(matrix: dict[str, Any]) -> str:
    """Say in one sentence what a matrix found. `matrix` is one without its headline."""
    cells = matrix["cells"]
    ran = [cell for cell in cells if cell["summary"] is not None]
    deviating = [cell for cell in ran if any(cell["summary"][name] for name in BAD)]
    clauses = []
    if deviating:
        clauses.append(
            f"{_names([_cell_name(cell) for cell in deviating], noun='subject')} deviate"
        )
    elif ran:
        clauses.append("none deviates but as registered")
    if absent := [cell for cell in cells if cell["summary"] is None]:
        names = _names([_cell_name(cell) for cell in absent], noun="subject")
        clauses.append(f"{names} could not be run")
    steps = sum(step["severity"] != "none" for step in matrix["steps"])
    if matrix["steps"]:
        clauses.append(f"{count(steps)} of {plural(len(matrix['steps']), 'step')} change something")
    return f"Of {plural(len(cells), 'subject')}, {_and(clauses)}."


def _cell_name(cell: dict[str, Any]) -> str:
    return f"{cell['subject']} ({cell['profile']})"


def subject_names(diff: dict[str, Any]) -> tuple[str, str]:
    """Shortest names that tell the base and the candidate of a diff apart."""
    base, candidate = diff["base"]["subject"], diff["candidate"]["subject"]
    for field in ("tensorflow", "label"):
        if base[field] != candidate[field]:
            return base[field], candidate[field]
    return "the base", "the candidate"


def _bit_identical(apis: Sequence[dict[str, Any]]) -> str | None:
    same = [api for api in apis if api["bits"] == "equal" and api["class"] == "unchanged"]
    if not same:
        return None
    # Those compared most are the ones of which it says most.
    same.sort(key=lambda api: (-api["comparisons"]["candidate"], api["api"]))
    verb = "is" if len(same) == 1 else "are"
    return f"{_names([api['api'] for api in same])} {verb} bit-identical"


def _apis(checks: Iterable[dict[str, Any]]) -> str:
    return _names(list(dict.fromkeys(check["api"] for check in checks)))


def _names(names: list[str], limit: int = 2, noun: str = "API") -> str:
    if len(names) <= limit + 1:
        return _and(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit} more {noun}s"


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _checks(number: int) -> str:
    return plural(number, "check")


def _of(number: int, total: int) -> str:
    return f"{count(number)} of {_checks(total)}"


def _all(total: int) -> str:
    return "its only check" if total == 1 else f"all {_checks(total)}"
