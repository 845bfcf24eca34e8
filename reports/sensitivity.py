"""The document of a sensitivity run: which faults of TensorFlow the checks notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.files import SENSITIVITY
from reports.wording import plural

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


def _count(mutants: Sequence[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(one["verdict"] == name for one in mutants) for name in VERDICTS}


def _headline(version: str, summary: dict[str, int]) -> str:
    applicable = summary["killed"] + summary["survived"]
    share = f" ({100 * summary['killed'] / applicable:.0f} %)" if applicable else ""
    sentence = f"Of {plural(applicable, 'fault')} put into TensorFlow {version}, the checks notice "
    sentence += f"{summary['killed']}{share}"
    if summary["broken"]:
        sentence += f"; {plural(summary['broken'], 'mutant')} could not be run"
    return sentence + "."
