"""The document of a sensitivity run: which faults of TensorFlow the checks notice."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from reports.files import SENSITIVITY
from reports.wording import count, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

VERDICTS = ("killed", "survived", "not applicable", "broken")


def build(baseline: dict[str, Any], mutants: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the document, valid under ``sensitivity-1.schema.json``.

    Parameters
    ----------
    baseline
        The report of the TensorFlow without a fault.
    mutants
        A row for each mutant: ``name, what, api, select, verdict, by, kind, message, examples,
        reason``.
    """
    summary = _count(mutants)
    return {
        "schema": SENSITIVITY,
        "headline": _headline(baseline["subject"]["tensorflow"], summary),
        "subject": baseline["subject"],
        "settings": baseline["settings"],
        "summary": summary,
        "apis": {
            api: _count([one for one in mutants if one["api"] == api])
            for api in sorted({one["api"] for one in mutants})
        },
        "mutants": list(mutants),
    }


def as_markdown(document: dict[str, Any]) -> str:
    """Return the document as a page: the sentence, a table by API, and what was not noticed."""
    subject, mutants = document["subject"], document["mutants"]
    examples = plural(document["settings"]["examples"], "example")
    lines = [
        f"# Faults of {subject['label']}",
        "",
        document["headline"],
        "",
        f"TensorFlow {subject['tensorflow']}, {examples} per check. `tests/mutants/` has a file",
        "for each fault; it is noticed when a check that passes without it does not pass with it.",
    ]
    needed = sorted(one["examples"] for one in mutants if one["verdict"] == "killed")
    if needed:
        most = needed[int(0.95 * (len(needed) - 1))]
        median = plural(int(statistics.median(needed)), "example")
        lines += [
            f"The check that noticed it needed {median} in the median, {count(most)} at the 95th",
            f"percentile, {count(needed[-1])} at most.",
        ]
    lines += ["", "| API | " + " | ".join(VERDICTS) + " |", "| --- |" + " ---: |" * len(VERDICTS)]
    lines += [
        f"| `{api}` | " + " | ".join(count(row[one]) for one in VERDICTS) + " |"
        for api, row in document["apis"].items()
    ]
    for verdict in ("survived", "broken", "not applicable"):
        rows = [one for one in mutants if one["verdict"] == verdict]
        if rows:
            lines += ["", f"## {verdict.capitalize()}", ""]
            lines += [f"- `{one['name']}`: {_reason(one)}" for one in rows]
    return "\n".join(lines) + "\n"


def _reason(mutant: dict[str, Any]) -> str:
    return " ".join(part for part in (mutant["what"], mutant["reason"]) if part)


def _count(mutants: Sequence[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(one["verdict"] == name for one in mutants) for name in VERDICTS}


def _headline(version: str, summary: dict[str, int]) -> str:
    applicable = summary["killed"] + summary["survived"]
    # Rounded down: 100 % is said of all alone.
    share = f" ({100 * summary['killed'] // applicable} %)" if applicable else ""
    sentence = f"Of {plural(applicable, 'fault')} put into TensorFlow {version}, the checks notice "
    sentence += f"{summary['killed']}{share}"
    if summary["broken"]:
        sentence += f"; {plural(summary['broken'], 'mutant')} could not be run"
    return sentence + "."
