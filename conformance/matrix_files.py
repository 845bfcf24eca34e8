"""The files of a matrix: what it knows of each cell, and the document and page of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from conformance.errors import UsageError
from conformance.printing import say
from reports import documents, files, markdown, terminal
from reports import matrix as matrix_report
from reports.matrix_page import write_matrix_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from conformance.matrix import Cell

__all__ = ["read_rows", "row", "write"]


def row(cell: Cell, path: Path | None, reason: str, out: Path) -> dict[str, Any]:
    """Return what a matrix says of a cell, whose report is at ``path`` if there is one."""
    report = None
    if path is not None:
        try:
            report = documents.load(path)
        except documents.NotAReport as error:
            reason = str(error)
    return {
        "subject": cell.subject,
        "profile": cell.profile,
        "folder": path.parent.relative_to(out.absolute()).as_posix() if path and report else None,
        "path": path.parent if path else None,
        "reason": reason,
        "report": report,
    }


def read_rows(part: Path) -> list[dict[str, Any]]:
    """Return the cells of a matrix on disk, each with its report.

    Raises
    ------
    UsageError
        There is no matrix, or it or a report of it cannot be read.
    """
    try:
        document = documents.load_matrix(part)
        return [
            {
                "subject": cell["subject"],
                "profile": cell["profile"],
                "folder": cell["folder"],
                "path": part / cell["folder"] if cell["folder"] else None,
                "reason": cell["reason"],
                "report": documents.load(part / cell["folder"]) if cell["folder"] else None,
            }
            for cell in document["cells"]
        ]
    except documents.NotAReport as error:
        raise UsageError(str(error)) from error


def write(out: Path, rows: Sequence[dict[str, Any]], form: str, *, pages: bool = True) -> None:
    """Write ``matrix.json`` and ``index.html``, and show the matrix in the terminal."""
    document = matrix_report.build(rows)
    linked = document if pages else matrix_report.without_folders(document)
    # The page first: it is the larger one, so a disk that fills up leaves neither.
    write_matrix_page(out / "index.html", linked)
    files.write_json(out / "matrix.json", document)
    say(form, document, terminal.print_matrix, markdown.of_matrix)
    click.echo(f"matrix: {out / 'matrix.json'}\npage:   {out / 'index.html'}")
