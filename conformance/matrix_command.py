"""``tf-litmus matrix``: many subjects."""

from __future__ import annotations

import importlib.metadata
import os
from typing import TYPE_CHECKING

import click

from conformance import matrix, matrix_files
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
from conformance.progress import Display
from conformance.pytest_process import AS_EXPECTED, DEVIATION, MEANING, most_severe

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

__all__ = ["matrix_command"]

_EVERYTHING = ("1.12..2.21", "2.16..2.21+tf_keras")


@click.command("matrix")
@subjects_option(_EVERYTHING, "A subject or a range of releases, FIRST..LAST[+FLAVOUR]")
@select_option
@profiles_option("both", "TensorFlow 1.x has legacy alone.")
@examples_option
@out_option(
    "reports/out/matrix", "The folder of the matrix; what has finished there is not run again."
)
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
        rows.append(matrix_files.row(cell, report, result.reason if result else "", out))
    matrix_files.write(out, rows, form)
    status = most_severe([result.status for result in ran] + [_status(row) for row in rows])
    exit_with(status)


def _status(row: dict[str, Any]) -> int:
    """What a cell that was not run again contributes to the exit status."""
    if row["report"] is None:
        return AS_EXPECTED  # its run has said so already
    summary = row["report"]["summary"]
    bad = any(summary[name] for name in ("failed", "crashed", "timed_out"))
    return DEVIATION if bad else AS_EXPECTED


def _ended(result: matrix.Result) -> str:
    """Say in a few words how a cell ended."""
    what = result.reason or MEANING[result.status]
    return f"{result.cell.subject} ({result.cell.profile}): {what}"
