"""``tf-litmus run``: the checks on one subject after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from conformance.errors import LitmusError
from conformance.options import (
    complain,
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
    workers_for,
    workers_option,
)
from conformance.pytest_process import (
    INTERRUPTED,
    MEANING,
    Options,
    most_severe,
    run_checks,
)
from conformance.subjects import profiles, resolve

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["run_command", "run_one"]


@click.command("run", context_settings={"ignore_unknown_options": True})
@subjects_option(("installed",), "The TensorFlow to check")
@select_option
@profiles_option(
    "legacy",
    "legacy: tf.compat.v1.disable_v2_behavior(), as TF1-style code does; v2: TF2's defaults.",
)
@examples_option
@out_option()
@setup_option(": set a config, or patch it")
@workers_option
@format_option
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST ARGS]...")
def run_command(
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
        status = run_one(subject, name, options)
        outcomes.append((subject, name, status))
        if status == INTERRUPTED:
            break
    if len(plan) > 1:
        for subject, name, status in outcomes:
            click.echo(f"{subject} ({name}): {MEANING[status]}")
    exit_with(most_severe([status for _, _, status in outcomes]))


def run_one(subject: str, profile: str, options: Options) -> int:
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
