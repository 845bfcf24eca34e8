"""``tf-litmus hunt``: the input on which two subjects differ most."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from conformance.options import (
    complain,
    exit_with,
    out_option,
    profile_option,
    refuse_unwritable,
    select_option,
)
from conformance.pytest_process import Options, run_checks
from conformance.subjects import profiles, resolve

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["hunt_command"]


@click.command("hunt", context_settings={"ignore_unknown_options": True})
@click.argument("base")
@click.argument("candidate")
@select_option
@profile_option("The profile of both.")
@click.option(
    "--examples",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    metavar="N",
    help="Drawn examples per check.",
)
@out_option("reports/out/hunt", "The folder for the scripts that show the differences.")
@click.option("--add-to-corpus", is_flag=True, help="Freeze the inputs that were found.")
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST ARGS]...")
def hunt_command(
    base: str,
    candidate: str,
    select: str | None,
    profile: str,
    examples: int,
    out: Path,
    add_to_corpus: bool,
    pytest_args: tuple[str, ...],
) -> None:
    """Find the inputs on which BASE and CANDIDATE, two SUBJECTs, differ most.

    Every example of a check goes to both. The search climbs on their distance: in radii of the
    reference's ball where the check judges by one, otherwise in ulp. What differs most is shrunk to
    a minimal input that still differs by half as much, and shown with a script. Exit status 1 says
    that there is a difference, 0 that none was found.

    \b
    Examples:
      tf-litmus hunt 2.15 2.21 -k fused_batch_norm
      tf-litmus hunt 1.15 2.21 -k clip_by_global_norm --examples 500 --add-to-corpus
    """  # noqa: D301  (click takes a real backspace for "do not rewrap")
    # What is misspelt is found before either is installed.
    for subject in (base, candidate):
        profiles(subject, profile)
    for subject in (base, candidate):
        resolve(subject)
    refuse_unwritable(out)
    arguments = ("--against", candidate, *(["--add-to-corpus"] if add_to_corpus else []))
    options = Options(out, select, examples, pytest_args=(*arguments, *pytest_args))
    status, reason = run_checks(base, profile, replace(options, step_summary=False))
    if reason:
        complain(reason)
    exit_with(status)
