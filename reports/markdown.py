"""The summary of a run, a diff or a matrix in Markdown, gravest first, at most a screen."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports import distances, findings, headline, wording
from reports.outcomes import BAD, by_api

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_FINDINGS = 8
_MOST_APIS = 12


def of_run(report: dict[str, Any]) -> str:
    """Summarise one subject's report."""
    apis = by_api(report["checks"])
    return _joined(
        f"### {_text(headline.of_run(report))}",
        _findings(findings.of_run(report)),
        _table(
            ("outcome", "API", "checks", "comparisons", "bound fraction"),
            [
                (
                    _word(wording.OUTCOMES[api["outcome"]]),
                    _code(api["api"]),
                    wording.count(api["checks"]),
                    wording.count(api["comparisons"]),
                    wording.measure(api["bound_fraction"]),
                )
                for api in apis
            ],
        ),
    )


def of_diff(diff: dict[str, Any]) -> str:
    """Summarise a diff: regressions and losses, then a table by API."""
    compared = " → ".join(
        wording.count(diff["comparisons"][side]) for side in ("base", "candidate")
    )
    return _joined(
        f"### {_text(diff['headline'])}",
        "\n".join(f"> {_text(note)}" for note in diff["notes"]),
        _findings(findings.of_diff(diff, also=("deviates", "drifted"))),
        _table(
            ("change", "API", "checks", "bound fraction", "bits"),
            [
                (
                    _word(wording.CLASSES[api["class"]]),
                    _code(api["api"]),
                    wording.count(api["checks"]),
                    " → ".join(
                        wording.measure(api["bound_fraction"][side])
                        for side in ("base", "candidate")
                    ),
                    wording.BITS[api["bits"]],
                )
                for api in diff["apis"]
            ],
        ),
        _table(
            distances.HEADS,
            [
                (_code(api), dtype, *rest)
                for api, dtype, *rest in map(distances.cells, distances.apart(diff))
            ],
        ),
        f"Compared {compared} elements and facts.",
    )


def of_matrix(matrix: dict[str, Any]) -> str:
    """Summarise a matrix: the subjects that deviate or could not be run, then the steps."""
    troubled = [
        cell
        for cell in matrix["cells"]
        if cell["summary"] is None or any(cell["summary"][name] for name in BAD)
    ]
    return _joined(
        f"### {_text(matrix['headline'])}",
        "\n".join(f"- {_name(cell)}: {_trouble(cell)}" for cell in troubled),
        _table(
            ("step", "what it changes"),
            [
                (_step(matrix, step), _text(step["headline"]))
                for step in matrix["steps"]
                if step["severity"] != "none"
            ],
        ),
    )


def to_step_summary(text: str) -> None:
    """Append a summary to the file that GitHub Actions shows of a step, where there is one.

    Raises
    ------
    OSError
        ``$GITHUB_STEP_SUMMARY`` names a file that cannot be written.
    """
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with Path(path).open("a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text + "\n")


def _name(cell: dict[str, Any]) -> str:
    return f"{_text(cell['subject'])} ({cell['profile']})"


def _trouble(cell: dict[str, Any]) -> str:
    summary = cell["summary"]
    if summary is None:
        return _text(cell["reason"])
    return ", ".join(
        f"{summary[name]} {wording.OUTCOMES[name].words}" for name in BAD if summary[name]
    )


def _step(matrix: dict[str, Any], step: dict[str, Any]) -> str:
    base, candidate = (matrix["cells"][step[side]] for side in ("base", "candidate"))
    return f"{_text(base['subject'])} → {_name(candidate)}"


def _findings(found: Sequence[findings.Finding]) -> str:
    lines = [
        f"- {_word(finding.word)} {_code(finding.name)}"
        + (f" and {finding.checks - 1} more" if finding.checks > 1 else "")
        + (f": {_text(finding.detail)}" if finding.detail else "")
        for finding in found[:_MOST_FINDINGS]
    ]
    hidden = sum(finding.checks for finding in found[_MOST_FINDINGS:])
    return "\n".join(
        [*lines, *([f"- and {wording.plural(hidden, 'check')} more"] if hidden else [])]
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    empty = " | " * (len(heads) - 2)
    shown = _cut(lines, _MOST_APIS, f"| | and {{}} more {empty}|")
    return "\n".join([f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads), *shown])


def _cut(lines: list[str], most: int, rest: str) -> list[str]:
    hidden = len(lines) - most
    return lines if hidden <= 0 else [*lines[:most], rest.format(hidden)]


def _word(word: wording.Word) -> str:
    return f"{word.sign} {word.words}"


def _code(text: str) -> str:
    """Quote as code; what would end the code or the table's cell is replaced."""
    return f"`{_printable(text).replace('`', 'ˋ').replace('|', '∣')}`"


def _text(text: str) -> str:
    """Escape what Markdown or HTML would take for markup."""
    return re.sub(r"([\\`*_{}\[\]<>#|~$])", r"\\\1", _printable(text))


def _printable(text: str) -> str:
    return " ".join(text.split())


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
