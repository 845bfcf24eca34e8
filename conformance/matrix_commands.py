"""``tf-litmus matrix`` and ``tf-litmus merge``: many subjects, on one machine or on several."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance import matrix
from conformance.errors import UsageError
from conformance.options import (
    examples_option,
    existing,
    exit_with,
    format_option,
    out_option,
    profiles_option,
    refuse_unwritable,
    select_option,
    setup_option,
    subjects_option,
)
from conformance.printing import say
from conformance.progress import Display
from conformance.pytest_process import AS_EXPECTED, DEVIATION, INTERRUPTED, most_severe
from reports import documents, files, markdown, terminal
from reports import matrix as matrix_report
from reports.html import write_run_page
from reports.matrix_page import write_matrix_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["matrix_command", "merge_command"]

_EVERYTHING = ("1.12..2.21", "2.16..2.21+tf_keras")
_out = out_option(
    "reports/out/matrix", "The folder of the matrix; what has finished there is not run again."
)


@click.command("matrix")
@subjects_option(_EVERYTHING, "A subject or a range of releases, FIRST..LAST[+FLAVOUR]")
@select_option
@profiles_option("both", "TensorFlow 1.x has legacy alone.")
@examples_option
@_out
@setup_option()
@click.option(
    "-j",
    "processes",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    show_default=True,
    metavar="N",
    help="Subjects to run at a time.",
)
@click.option("--shard", metavar="I/N", help="Run the Ith of N parts, which do not overlap.")
@click.option("--fresh", is_flag=True, help="Run again what has finished.")
@format_option
def matrix_command(
    subjects: tuple[str, ...],
    select: str | None,
    profile: str,
    examples: int | None,
    out: Path,
    setup: Path | None,
    processes: int,
    shard: str | None,
    fresh: bool,
    form: str,
) -> None:
    """Run many subjects and show every API on each of them, and what changed between neighbours.

    Writes DIR/<subject>-<profile>/<label>/report.json for each, then DIR/matrix.json and
    DIR/index.html. A matrix that is interrupted keeps what has finished, and goes on from there
    when the same command is given again. What cannot be installed or started is a row that says so.

    \b
    Examples:
      tf-litmus matrix --tf 2.11..2.21 --examples 10
      tf-litmus matrix --tf 1.15 --tf 2.15 --tf 2.21 --profile legacy -k batch_norm
      tf-litmus matrix --tf '2.16+keras3.*' --profile v2        one TensorFlow, Keras by Keras
      tf-litmus matrix --shard 2/4 --out part2     one of four machines; then, on one of them:
      tf-litmus merge part1 part2 part3 part4 --out whole
    """  # noqa: D301  (click takes a real backspace for "do not rewrap")
    cells = matrix.shard(matrix.plan(subjects, profile), shard)
    settings = matrix.Settings(out.absolute(), select, examples, existing(setup))
    refuse_unwritable(out)
    version = importlib.metadata.version("tf-litmus")
    kept = {}
    if not fresh:
        done = {cell: matrix.finished(cell, settings, version) for cell in cells}
        kept = {cell: path for cell, path in done.items() if path is not None}
    with Display(cells, len(kept)) as display:
        ran = matrix.Runner(settings, display.tell).run(
            [cell for cell in cells if cell not in kept],
            processes,
            lambda result: display.done(result.cell, _ended(result)),
        )
    results = {result.cell: result for result in ran}
    rows = []
    for cell in cells:
        result = results.get(cell)
        report = kept.get(cell) or (result.report if result else None)
        rows.append(_row(cell, report, result.reason if result else "", out))
    _write(out, rows, form)
    status = most_severe([result.status for result in ran] + [_status(row) for row in rows])
    exit_with(status)


@click.command("merge")
@click.argument("parts", nargs=-1, required=True, type=click.Path(path_type=Path))
@_out
@click.option(
    "--small", is_flag=True, help="Keep of each cell its report alone, compressed, and no page."
)
@format_option
def merge_command(parts: tuple[Path, ...], out: Path, small: bool, form: str) -> None:
    """Join the matrices of several machines into one.

    Each PART is the --out of a `tf-litmus matrix --shard I/N`. Their cells are copied to DIR, where
    matrix.json and index.html then speak of all of them. A matrix that is kept --small can be put
    into a repository, and read by `diff` and `merge` as any other; merged again, it has its pages.

    \b
    Examples:
      tf-litmus merge part1 part2 --out whole
      tf-litmus merge whole --small --out kept
      tf-litmus diff kept/2.15-legacy kept/2.21-legacy
    """  # noqa: D301
    rows: dict[str, dict[str, Any]] = {}
    for part in parts:
        for row in _rows_of(part):
            name = matrix.Cell(row["subject"], row["profile"]).name
            if name in rows and rows[name]["report"] is not None:
                if row["report"] is not None:
                    raise UsageError(
                        f"{part}: {name} is in {rows[name]['part']} too; give each machine a shard "
                        "of its own"
                    )
                continue
            rows[name] = {**row, "part": part}
    refuse_unwritable(out)
    for row in rows.values():
        if not row["folder"]:
            continue
        if small:  # where the interpreter was is of no use on another machine
            subject = row["report"]["subject"]
            kept = {name: value for name, value in subject.items() if name != "executable"}
            row["report"] = {**row["report"], "subject": kept}
        there, here = row["part"] / row["folder"], out / row["folder"]
        if there.resolve() == here.resolve():
            continue
        if small:
            files.write_compressed(here / "report.json.gz", row["report"])
            continue
        shutil.copytree(there, here, dirs_exist_ok=True)
        if not (here / "index.html").exists():  # of what was kept small
            write_run_page(here / "index.html", row["report"])
    order = {cell.name: place for place, cell in enumerate(matrix.plan(("1.12..nightly",), "both"))}
    ordered = sorted(rows.items(), key=lambda item: order.get(item[0], len(order)))
    _write(out, [row for _, row in ordered], form, pages=not small)


def _rows_of(part: Path) -> list[dict[str, Any]]:
    """The cells of a matrix on disk, each with its report."""
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


def _row(cell: matrix.Cell, path: Path | None, reason: str, out: Path) -> dict[str, Any]:
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


def _status(row: dict[str, Any]) -> int:
    """What a cell that was not run again contributes to the exit status."""
    if row["report"] is None:
        return AS_EXPECTED  # its run has said so already
    summary = row["report"]["summary"]
    bad = any(summary[name] for name in ("failed", "crashed", "timed_out"))
    return DEVIATION if bad else AS_EXPECTED


def _write(out: Path, rows: Sequence[dict[str, Any]], form: str, *, pages: bool = True) -> None:
    document = matrix_report.build(rows)
    linked = document if pages else matrix_report.without_folders(document)
    # The page first: it is the larger one, so a disk that fills up leaves neither.
    write_matrix_page(out / "index.html", linked)
    files.write_json(out / "matrix.json", document)
    say(form, document, terminal.print_matrix, markdown.of_matrix)
    click.echo(f"matrix: {out / 'matrix.json'}\npage:   {out / 'index.html'}")


def _ended(result: matrix.Result) -> str:
    """Say in a few words how a cell ended."""
    said = {AS_EXPECTED: "as expected", DEVIATION: "deviations", INTERRUPTED: "interrupted"}
    what = result.reason or said.get(result.status, f"exit status {result.status}")
    return f"{result.cell.subject} ({result.cell.profile}): {what}"
