"""The two sides of a diff: reports that exist, or subjects to run now."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance import keywords
from conformance.errors import UsageError
from conformance.subjects import FORMS, is_subject
from reports import documents

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "folder_of",
    "load_report",
    "report_or_subject",
    "select_checks",
    "stamps",
    "written_since",
]


def report_or_subject(text: str) -> Path | str:
    """Tell a report, returned as a path, from a subject to run, returned as it is.

    What is written like a subject is one, even if a file of that name exists (``./2.15`` is the
    file). A folder or a ``.json`` file is a report, another executable is an interpreter.

    Raises
    ------
    UsageError
        It is neither.
    """
    path = Path(text).expanduser()
    if is_subject(text):
        return text
    if path.is_dir():
        return _only_report(path)
    if path.is_file():
        executable = os.access(path, os.X_OK) and path.suffix != ".json"
        return text if executable else path
    raise UsageError(
        f"there is no {text}; give a report.json, a folder that holds one, or a SUBJECT ({FORMS})"
    )


def load_report(path: Path) -> dict[str, Any]:
    """Read a report.

    Raises
    ------
    UsageError
        It is not one.
    """
    try:
        return documents.load(path)
    except documents.NotAReport as error:
        raise UsageError(str(error)) from error


def folder_of(path: Path) -> Path:
    """Return the folder that holds what a report, or the folder of one, has beside it."""
    return path if path.is_dir() else path.parent


def select_checks(report: dict[str, Any], expression: str | None) -> dict[str, Any]:
    """Return the report with only the checks that ``-k`` would have run.

    As in pytest, each name of the expression is looked for, regardless of case, in the file name
    and the name of the check and in the last part of its API's public name.

    Raises
    ------
    UsageError
        The expression cannot be parsed, or selects nothing.
    """
    checks = keywords.select(
        expression,
        report["checks"],
        lambda check: (check["id"].rsplit("/", 1)[-1], check["api"].rsplit(".")[-1]),
    )
    if not checks and expression:
        label = report["subject"]["label"]
        raise UsageError(f"no check in the report of {label} is selected by -k {expression!r}")
    return {**report, "checks": checks}


def written_since(out: Path, before: Iterable[tuple[Path, int]]) -> Path | None:
    """Return the report under `out` that was not there, or was older, when `before` was taken."""
    fresh = sorted(set(stamps(out)) - set(before))
    return fresh[0][0] if fresh else None


def stamps(out: Path) -> list[tuple[Path, int]]:
    """Return each report directly under `out` with the time it was written, in ns."""
    return [(path, path.stat().st_mtime_ns) for path in out.glob("*/report.json")]


def _only_report(folder: Path) -> Path:
    """Return ``folder/report.json``, or the only ``folder/<label>/report.json``, or the folder."""
    below = list(folder.glob("*/report.json*"))
    if len(below) == 1 and not (folder / "report.json").exists():
        return below[0]
    return folder
