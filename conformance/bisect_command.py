"""``tf-litmus bisect``: the release in which a check, or its bits, changed."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from conformance import bisect, matrix
from conformance.comparison import load_report
from conformance.errors import SubjectUnavailable, UsageError
from conformance.options import (
    examples_option,
    exit_with,
    out_option,
    profile_option,
    refuse_unwritable,
    select_option,
)
from conformance.pytest_process import AS_EXPECTED, DEVIATION
from reports import diff, files, terminal
from reports.html import write_diff_page

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["bisect_command"]


@click.command("bisect")
@select_option
@click.option("--good", required=True, metavar="RELEASE", help="The earlier release.")
@click.option("--bad", required=True, metavar="RELEASE", help="The later release.")
@profile_option()
@click.option(
    "--on",
    "level",
    type=click.Choice(["regression", "drift"]),
    help="What to look for: worse verdicts, or other bits too (default: the gravest there is).",
)
@examples_option
@out_option(
    "reports/out/bisect", "The folder for reports; what has finished there is not run again."
)
def bisect_command(
    select: str | None,
    good: str,
    bad: str,
    profile: str,
    level: str | None,
    examples: int | None,
    out: Path,
) -> None:
    """Find the release in which something changed, and show the diff between it and the one before.

    Runs the two ends, then halves the releases between them wherever their ends differ; each change
    is found by itself. Exit status 1 says that something changed.

    \b
    Examples:
      tf-litmus bisect --good 2.10 --bad 2.21 -k layers
      tf-litmus bisect --good 1.12 --bad 2.21 -k clip_by_global_norm --on drift
    """  # noqa: D301  (click takes a real backspace for "do not rewrap")
    base, _, flavour = good.partition("+")
    candidate, _, other = bad.partition("+")
    if flavour != other:
        raise UsageError(f"--good {good} --bad {bad}: give both the same Keras flavour")
    between = f"{base}..{candidate}" + (f"+{flavour}" if flavour else "")
    cells = matrix.plan((between,), profile)
    if len(cells) < 2:
        raise UsageError(f"--good {good} --bad {bad}: there is no release between them")
    refuse_unwritable(out)
    settings = matrix.Settings(out.absolute(), select, examples)
    runs = _Runs(settings)

    def compare(base: int, candidate: int) -> dict[str, Any]:
        (was, before), (now, after) = runs.of(cells[base]), runs.of(cells[candidate])
        return diff.compare(was, now, (before, after))

    ends = compare(0, len(cells) - 1)
    level = level or bisect.level_of(ends)
    wanted = bisect.changed(ends, level) if level else frozenset()
    if level is None or not wanted:
        what = "verdict got worse" if level == "regression" else "verdict and no bit changed"
        click.echo(f"No {what} between {cells[0].subject} and {cells[-1].subject}.")
        exit_with(AS_EXPECTED)
    changes = list(bisect.locate(len(cells), compare, level, wanted))
    console = Console()
    for change in changes:
        before, after = (cells[place].subject for place in (change.base, change.candidate))
        folder = out / f"{before}..{after}"
        write_diff_page(folder / "index.html", change.diff)
        files.write_json(folder / "diff.json", change.diff)
        console.rule(f"{before} → {after}")
        terminal.print_diff(change.diff, console)
        click.echo(f"page: {folder / 'index.html'}")
    console.rule()
    for change in changes:
        count = len(change.checks)
        click.echo(
            f"{cells[change.candidate].subject} changes {count} check{'s' if count > 1 else ''} "
            f"that {cells[change.base].subject} has otherwise"
        )
    click.echo(f"{runs.count} of {len(cells)} releases were run")
    exit_with(DEVIATION)


class _Runs:
    """The reports of releases, run when they are asked for."""

    def __init__(self, settings: matrix.Settings) -> None:
        self._settings = settings
        self._console = Console(stderr=True)
        self._version = importlib.metadata.version("tf-litmus")
        self._reports: dict[matrix.Cell, tuple[dict[str, Any], Path]] = {}

    @property
    def count(self) -> int:
        """How many releases were needed."""
        return len(self._reports)

    def of(self, cell: matrix.Cell) -> tuple[dict[str, Any], Path]:
        """Return a release's report, and the folder it is in with what the frozen inputs gave.

        Raises
        ------
        SubjectUnavailable
            It could not be run.
        """
        if cell not in self._reports:
            path = self._finished(cell)
            self._reports[cell] = load_report(path), path.parent
        return self._reports[cell]

    def _finished(self, cell: matrix.Cell) -> Path:
        path = matrix.finished(cell, self._settings, self._version)
        if path is not None:
            return path
        with self._console.status(f"running {cell.subject}") as status:
            runner = matrix.Runner(
                self._settings,
                lambda one, what: status.update(f"running {one.subject}: {what}"),
            )
            (result,) = runner.run([cell], 1, lambda _: None)
        self._console.print(f"ran {cell.subject}", highlight=False)
        if result.status not in (AS_EXPECTED, DEVIATION) or result.report is None:
            raise SubjectUnavailable(f"{cell.subject}: {result.reason}")
        return result.report
