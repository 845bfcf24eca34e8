"""What `tf-litmus subjects` shows: each release, and what it would take to run on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from conformance import environments
from conformance.interpreters import PythonNotFound, find_python
from conformance.releases import Specification, table
from conformance.subjects import resolve

__all__ = ["Row", "render", "rows"]


@dataclass(frozen=True)
class Row:
    """One subject.

    Attributes
    ----------
    subject
        What to write after ``--tf``.
    package
        The requirement that brings TensorFlow; None if there is none.
    python
        The interpreter it runs on or would be made with; None if it is not on this machine.
    ready
        Whether a run can start at once.
    size
        Bytes of its environment; None if it has none.
    missing
        What is missing and how to get it; empty if nothing is.
    """

    subject: str
    package: str | None
    python: Path | None
    ready: bool
    size: int | None
    missing: str


def rows() -> list[Row]:
    """Return every subject that has a name: `installed`, then the table's releases."""
    releases = table()
    return [
        _installed(),
        *(
            _row(releases.specification(release, flavour))
            for release in releases.releases.values()
            for flavour in releases.flavours(release)
        ),
    ]


def render(subjects: list[Row]) -> Table:
    """Lay rows out as a table for the terminal."""
    view = Table(box=None, pad_edge=False)
    for title in ("SUBJECT", "TENSORFLOW", "PYTHON", "READY"):
        view.add_column(title, no_wrap=True)
    view.add_column("SIZE", justify="right", no_wrap=True)
    view.add_column("MISSING", overflow="fold")
    for row in subjects:
        view.add_row(
            row.subject,
            row.package or "-",
            _shortened(row.python) if row.python else "-",
            "yes" if row.ready else "no",
            f"{row.size / 1e9:.2f} GB" if row.size is not None else "-",
            row.missing,
            style=None if row.ready else "dim",
        )
    return view


def _installed() -> Row:
    launch = resolve("installed")
    missing = "" if launch.package else "`pip install tensorflow` into this environment"
    python = Path(launch.argv[0])
    return Row("installed", launch.package, python, launch.package is not None, None, missing)


def _row(specification: Specification) -> Row:
    environment = environments.ready(specification)
    if environment:
        return Row(
            specification.name,
            specification.package,
            environment.python,
            True,
            environment.size,
            "",
        )
    try:
        python = find_python(specification.python)
    except PythonNotFound as error:
        return Row(specification.name, specification.package, None, False, None, str(error))
    missing = "made by the first run with it"
    return Row(specification.name, specification.package, python, False, None, missing)


def _shortened(path: Path) -> str:
    try:
        return f"~/{path.relative_to(Path.home())}"
    except ValueError:
        return str(path)
