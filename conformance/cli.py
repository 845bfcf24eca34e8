"""The command line, ``tf-litmus``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from conformance import environments, inventory
from conformance.bisect_command import bisect_command
from conformance.comparison import (
    folder_of,
    load_report,
    report_or_subject,
    select_checks,
    stamps,
    written_since,
)
from conformance.corpus_command import corpus_command
from conformance.errors import LitmusError
from conformance.exchange_command import exchange_command
from conformance.hunt_command import hunt_command
from conformance.matrix_commands import matrix_command, merge_command
from conformance.options import (
    complain,
    examples_option,
    existing,
    exit_with,
    format_option,
    out_option,
    profile_option,
    refuse_unwritable,
    say,
    select_option,
    table_console,
    workers_for,
    workers_option,
)
from conformance.pytest_process import (
    AS_EXPECTED,
    DEVIATION,
    INTERRUPTED,
    NOT_STARTED,
    WRONG_USAGE,
    Options,
    most_severe,
    run_checks,
)
from conformance.sensitivity_command import sensitivity_command
from conformance.soundness_command import soundness_command
from conformance.subjects import profiles, resolve
from reports import markdown
from reports.diff import compare
from reports.files import write_json
from reports.html import write_diff_page
from reports.terminal import print_diff

__all__ = ["main"]

_MEANING = {
    AS_EXPECTED: "as expected",
    DEVIATION: "deviations",
    WRONG_USAGE: "wrong usage",
    NOT_STARTED: "could not be started",
    INTERRUPTED: "interrupted",
}


class _Commands(click.Group):
    """A group that shows our own errors as one line and exits with their status."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LitmusError as error:
            complain(str(error))
            ctx.exit(error.exit_status)
        except BrokenPipeError:
            raise
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            complain(
                f"{where}{error.strerror or error}; choose another folder with --out, or make room"
            )
            ctx.exit(WRONG_USAGE)
        except KeyboardInterrupt:
            complain("interrupted")
            ctx.exit(INTERRUPTED)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tf-litmus", prog_name="tf-litmus")
def main() -> None:
    """Show whether a TensorFlow computes what TF1-style graphs rely on.

    Every check runs the same inputs through a real TensorFlow and a NumPy reference, and reports
    each difference down to the bit.

    \b
    Examples:
      tf-litmus run                            check the TensorFlow beside tf-litmus
      tf-litmus run --tf 1.15 --tf 2.21        check two releases (each is installed at first use)
      tf-litmus run -k ExponentialMovingAverage
      tf-litmus diff 1.15 2.21                 what does the upgrade change?
      tf-litmus diff old/report.json new/      compare two runs already made
      tf-litmus matrix --tf 2.11..2.21         every release of a range, and each step between
      tf-litmus bisect --good 2.10 --bad 2.21 -k layers
      tf-litmus hunt 2.15 2.21 -k moments      on which input do they differ most?
      tf-litmus sensitivity                    how many faults would the checks notice?
      tf-litmus soundness --tf 2.21            do the checks ever raise a false alarm?
      tf-litmus subjects                       which releases can be run on this machine?

    \b
    A SUBJECT is one of:
      installed            the TensorFlow beside tf-litmus (the default)
      2.15  1.15.5         a release; `tf-litmus subjects` lists them
      2.21+tf_keras        a release with its legacy Keras 2
      venv/bin/python      a Python interpreter that has TensorFlow
      cmd:COMMAND          a command that starts a Python on its standard input and output:
                           "cmd:ssh gpu-box python3"
                           "cmd:docker run -i --rm tensorflow/tensorflow:1.15.5 python3"

    \b
    Exit status:
      0  as expected
      1  run: a deviation; diff: a regression
      2  wrong usage, or a file that cannot be read or written
      3  a subject could not be started
    """  # noqa: D301  (click takes a real backspace for "do not rewrap")


main.add_command(bisect_command)
main.add_command(corpus_command)
main.add_command(exchange_command)
main.add_command(hunt_command)
main.add_command(matrix_command)
main.add_command(merge_command)
main.add_command(sensitivity_command)
main.add_command(soundness_command)


@main.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--tf",
    "subjects",
    multiple=True,
    default=("installed",),
    show_default=True,
    metavar="SUBJECT",
    help="The TensorFlow to check; may be given several times.",
)
@select_option
@click.option(
    "--profile",
    type=click.Choice(["legacy", "v2", "both"]),
    default="legacy",
    show_default=True,
    help="legacy: tf.compat.v1.disable_v2_behavior(), as TF1-style code does; v2: TF2's defaults.",
)
@examples_option
@out_option()
@click.option(
    "--setup",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A Python file executed right after TensorFlow is imported: set a config, or patch it.",
)
@workers_option
@format_option
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST ARGS]...")
def run(
    subjects: tuple[str, ...],
    select: str | None,
    profile: str,
    examples: int | None,
    out: Path,
    setup: Path | None,
    workers: str | None,
    form: str,
    pytest_args: tuple[str, ...],
) -> None:
    """Run the checks on each SUBJECT; write DIR/<label>/report.json, junit.xml and index.html.

    What is not an option of tf-litmus is passed on to pytest: -x, --maxfail 3, -vv,
    --hypothesis-seed 7, ...

    \b
    Examples:
      tf-litmus run --tf 2.15 -k "batch_norm and not fused" -n 2
      tf-litmus run --tf 2.21 --profile both --examples 200
      tf-litmus run --tf ../other-venv/bin/python --setup patch_tensorflow.py -x
    """  # noqa: D301  (click takes a real backspace for "do not rewrap")
    shared = workers_for(workers, select, pytest_args)
    options = Options(out, select, examples, existing(setup), shared, pytest_args, form)
    refuse_unwritable(out)
    # A misspelt release must not come to light only after an hour on the others.
    plan = [(subject, name) for subject in subjects for name in profiles(subject, profile)]
    outcomes = []
    for subject, name in plan:
        status = _run_one(subject, name, options)
        outcomes.append((subject, name, status))
        if status == INTERRUPTED:
            break
    if len(plan) > 1:
        for subject, name, status in outcomes:
            click.echo(f"{subject} ({name}): {_MEANING[status]}")
    exit_with(most_severe([status for _, _, status in outcomes]))


@main.command()
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
def diff(
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


@main.command()
@click.option("--prune", is_flag=True, help="Remove all environments and free their disk space.")
def subjects(prune: bool) -> None:
    """List the releases: their Python, whether their environment is ready, and what is missing.

    Environments are made at first use under the user's cache folder or $TF_LITMUS_CACHE; the
    folder may be deleted at any time.
    """
    if prune:
        freed, busy = environments.prune()
        click.echo(f"freed {freed / 1e9:.2f} GB in {environments.cache_dir()}")
        for name in busy:
            complain(f"{name} is being made by another process and stays")
        return
    table_console().print(inventory.render(inventory.rows()))
    click.echo(f"\nEnvironments are kept in {environments.cache_dir()}")


def _run_one(subject: str, profile: str, options: Options) -> int:
    """Run one subject in one profile, its environment made first; failures are told here."""
    try:
        resolve(subject)
    except LitmusError as error:
        complain(str(error))
        return error.exit_status
    status, reason = run_checks(subject, profile, options)
    if reason:
        complain(f"{subject} ({profile}): {reason}")
    return status


def _run_side(subject: str, profile: str, options: Options) -> Path:
    """Run one side of a diff and return its report; without a whole run there is no diff."""
    before = stamps(options.out)
    status = _run_one(subject, profile, options)
    report = written_since(options.out, before)
    if status not in (AS_EXPECTED, DEVIATION) or report is None:
        exit_with(status if status not in (AS_EXPECTED, DEVIATION) else NOT_STARTED)
    return report
