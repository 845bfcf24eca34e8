"""``tf-litmus diff``: what changed between two reports, or two subjects run now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from conformance.comparison import (
    folder_of,
    load_report,
    report_or_subject,
    select_checks,
    stamps,
    written_since,
)
from conformance.options import (
    examples_option,
    exit_with,
    format_option,
    out_option,
    profile_option,
    refuse_unwritable,
    select_option,
    workers_for,
    workers_option,
)
from conformance.printing import say
from conformance.pytest_process import AS_EXPECTED, DEVIATION, NOT_STARTED, Options
from conformance.run_command import run_one
from conformance.subjects import profiles
from reports import markdown
from reports.diff import compare
from reports.files import write_json
from reports.html import write_diff_page
from reports.terminal import print_diff

__all__ = ["diff_command"]


@click.command("diff")
@click.argument("base")
@click.argument("candidate")
@select_option
@profile_option("The profile of a SUBJECT that is run now.")
@examples_option
@out_option()
@workers_option
@click.option(
    "--fail-on",
    type=click.Choice(["regression", "drift", "never"]),
    default="regression",
    show_default=True,
    help="What makes the exit status 1; drift: a regression, or other bits for the same inputs.",
)
@format_option
def diff_command(
    base: str,
    candidate: str,
    select: str | None,
    profile: str,
    examples: int | None,
    out: Path,
    workers: str | None,
    fail_on: str,
    form: str,
) -> None:
    """Show what changed between BASE and CANDIDATE; write DIR/diff.json and DIR/index.html.

    Each of the two is a report.json, a folder that holds one, or a SUBJECT to run now.

    \b
    Examples:
      tf-litmus diff 2.15 2.21
      tf-litmus diff 2.15 2.21 -k moments --fail-on drift
      tf-litmus diff reports/out/tf2.15.1-legacy reports/out/tf2.21.0-legacy
    """  # noqa: D301  (click takes a real backspace for "do not rewrap")
    options = Options(out, select, examples, workers=workers_for(workers, select))
    sides = {"base": report_or_subject(base), "candidate": report_or_subject(candidate)}
    # All that can be wrong is found before anything is run.
    reports = {
        role: select_checks(load_report(side), select)
        for role, side in sides.items()
        if isinstance(side, Path)
    }
    folders = {role: folder_of(side) for role, side in sides.items() if isinstance(side, Path)}
    subjects = {role: side for role, side in sides.items() if isinstance(side, str)}
    for subject in subjects.values():
        profiles(subject, profile)
    refuse_unwritable(out)
    for role, subject in subjects.items():
        # Each side has its own folder: two builds of one release have the same label.
        path = _run_side(subject, profile, replace(options, out=out / role, step_summary=False))
        reports[role] = load_report(path)
        folders[role] = folder_of(path)
    document = compare(
        reports["base"], reports["candidate"], (folders["base"], folders["candidate"])
    )
    # The page first: it is the larger one, so a disk that fills up leaves neither.
    write_diff_page(out / "index.html", document)
    write_json(out / "diff.json", document)
    say(form, document, print_diff, markdown.of_diff)
    click.echo(f"diff: {out / 'diff.json'}\npage: {out / 'index.html'}")
    failing = {"regression": {"regression"}, "drift": {"regression", "drift"}, "never": set()}
    exit_with(DEVIATION if document["severity"] in failing[fail_on] else AS_EXPECTED)


def _run_side(subject: str, profile: str, options: Options) -> Path:
    """Run one side of a diff and return its report; without a whole run there is no diff."""
    before = stamps(options.out)
    status = run_one(subject, profile, options)
    report = written_since(options.out, before)
    if status not in (AS_EXPECTED, DEVIATION) or report is None:
        exit_with(status if status not in (AS_EXPECTED, DEVIATION) else NOT_STARTED)
    return report
