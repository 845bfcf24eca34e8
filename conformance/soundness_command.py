"""``tf-litmus soundness``: whether the checks ever raise a false alarm."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from conformance.options import (
    exit_with,
    out_option,
    profile_option,
    refuse_unwritable,
    select_option,
    subject_option,
    workers_for,
    workers_option,
)
from conformance.pytest_process import AS_EXPECTED, DEVIATION, INTERRUPTED
from conformance.soundness import Asked, Soundness
from conformance.subjects import profiles, resolve
from reports import files
from reports.soundness import as_markdown
from reports.terminal import print_soundness
from reports.wording import count, plural

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.matrix import Cell

__all__ = ["soundness_command"]


@click.command("soundness")
@subject_option("The TensorFlow, as it was released.")
@select_option
@profile_option()
@click.option(
    "--comparisons",
    type=click.IntRange(min=1),
    default=1_000_000,
    show_default=True,
    metavar="N",
    help="Compare so many elements and facts of each API.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=3600,
    show_default=True,
    metavar="LIMIT",
    help="Begin no check after this time; what it has not reached is shown with what it has.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="N",
    help="The first run's --hypothesis-seed, each next one's is one more; drawn unless given.",
)
@click.option(
    "--enlarge",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="FACTOR",
    help="Draw arrays about FACTOR times as large, and run litmus programs FACTOR times as often: "
    "more comparisons a second, and longer sums.",
)
@workers_option
@out_option(
    "reports/out/soundness", "The folder for soundness.json and for the reports of failures."
)
@click.option(
    "--markdown",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the result as a page in Markdown too.",
)
@click.option("--fresh", is_flag=True, help="Begin anew, whatever DIR holds.")
def soundness_command(
    subject: str,
    select: str | None,
    profile: str,
    comparisons: int,
    seconds: float,
    seed: int | None,
    enlarge: int,
    workers: str | None,
    out: Path,
    markdown: Path | None,
    fresh: bool,
) -> None:
    """Run the checks on an unmodified TensorFlow, again and again, and count what fails.

    Every run has other inputs. It goes on until each API has made as many comparisons as are asked
    for, or the time is over; a check that fails is counted, with the seed that repeats it, and the
    rest goes on. The same command goes on where it stopped, also towards more comparisons or with
    more time. Exit status 0 says that nothing failed but registered deviations.

    \b
    Examples:
      tf-litmus soundness --tf 2.21 --comparisons 5000 -k moments
      tf-litmus soundness --tf 1.15 --enlarge 8 --seconds 14400 -n 2 --markdown FILE
    """  # noqa: D301  (click takes a real backspace for "do not rewrap")
    # A misspelt subject is found, and a release installed, before the clock runs.
    profiles(subject, profile)
    resolve(subject)
    refuse_unwritable(out)
    first = secrets.randbelow(2**31) if seed is None else seed
    asked = Asked(subject, profile, select, first, enlarge)
    out = out.absolute()
    if fresh:
        state = Soundness(out, asked, comparisons)
    else:
        state = Soundness.resumed(out, asked, comparisons, seed_given=seed is not None)
    interrupted = _run(state, time.time() + seconds, workers_for(workers, select))
    document = state.document
    if not document["rounds"]:
        exit_with(INTERRUPTED)
    print_soundness(document, Console())
    click.echo(f"soundness: {out / 'soundness.json'}")
    if markdown is not None:
        files.write_text(markdown, as_markdown(document))
        click.echo(f"page:      {markdown}")
    if interrupted:
        exit_with(INTERRUPTED)
    exit_with(DEVIATION if document["failures"] else AS_EXPECTED)


def _run(state: Soundness, until: float, workers: str | None) -> bool:
    """Run rounds until all is compared or the time is over; return whether it was interrupted."""
    console = Console(stderr=True)
    before = len(state.document["rounds"])
    note = f"{plural(before, 'run')} before" if before else "give it with --seed to repeat all"
    console.print(f"first seed {state.seed} ({note})", highlight=False)
    while not state.finished and time.time() < until:
        with console.status(_doing(state, "starting")) as status:
            result = state.run_round(until, workers, _teller(state, status.update))
        if result.report is not None:
            console.print(_done(state), markup=False, highlight=False, soft_wrap=True)
        if result.status == INTERRUPTED:
            return True
    return False


def _teller(state: Soundness, update: Callable[[str], Any]) -> Callable[[Cell, str], None]:
    return lambda _cell, what: update(_doing(state, what))


def _doing(state: Soundness, what: str) -> str:
    return f"seed {state.seed}, {plural(state.examples, 'example')} per check: {what}"


def _done(state: Soundness) -> str:
    """Say in a line what a round has brought."""
    last = state.document["rounds"][-1]
    rows = [row for row in state.document["apis"].values() if not row["missing"]]
    failed = f", {plural(last['failures'], 'failure')}" if last["failures"] else ""
    return (
        f"seed {last['seed']}, {last['examples']} examples: "
        f"{count(last['comparisons'])} comparisons by {plural(last['checks'], 'check')} "
        f"in {last['seconds']:.0f} s{failed}; "
        f"{len(rows) - len(state.open)} of {plural(len(rows), 'API')} done"
    )
