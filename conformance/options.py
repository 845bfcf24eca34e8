"""What the commands share: options, and the ways they refuse, complain and end."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NoReturn

import click

from conformance.errors import UsageError

select_option = click.option(
    "-k", "select", metavar="EXPR", help="Run the checks that match, as pytest does."
)
examples_option = click.option(
    "--examples", type=click.IntRange(min=1), metavar="N", help="Drawn examples per check."
)
workers_option = click.option(
    "-n", "workers", metavar="WORKERS", help="Processes to share the checks."
)
out_option = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("reports/out"),
    show_default=True,
    metavar="DIR",
    help="The folder for reports.",
)


def existing(setup: Path | None) -> Path | None:
    """Return the set-up file of an option, or refuse it."""
    if setup is not None and not setup.is_file():
        raise UsageError(f"--setup {setup}: there is no such file")
    return setup


def refuse_unwritable(out: Path) -> None:
    """Find out before the run, not after it, that its report has no place to go."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=out):
        pass


def complain(message: str) -> None:
    """Say what is wrong on standard error, as one line of this program."""
    click.echo(f"tf-litmus: {message}", err=True)


def exit_with(status: int) -> NoReturn:
    """End the command with an exit status."""
    click.get_current_context().exit(status)
