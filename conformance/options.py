"""What the commands share: options, and the ways they refuse, complain and end."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from conformance.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

select_option = click.option(
    "-k", "select", metavar="EXPR", help="Run the checks that match, as pytest does."
)
examples_option = click.option(
    "--examples", type=click.IntRange(min=1), metavar="N", help="Drawn examples per check."
)
# Each imports TensorFlow, which a few checks do not repay, and takes half a gigabyte.
_MOST_WORKERS = 4
# Arguments with which pytest runs but a few of the checks, or has the terminal to itself.
_FEW_CHECKS = r"-m|--(lf|last-failed|sw|stepwise|co|collect-only)\b|.*::|.*\.py$"
_TERMINAL = r"-[a-z]*s$|--(pdb|trace|capture)\b"
_ONE_PROCESS = re.compile(f"{_FEW_CHECKS}|{_TERMINAL}|.*no:xdist$")
workers_option = click.option(
    "-n",
    "workers",
    metavar="WORKERS",
    help="Processes to share the checks; 0: none but this.  "
    f"[default: all checks: one per core, at most {_MOST_WORKERS}; some of them, --pdb or -s: 0]",
)


def out_option(default: str = "reports/out", text: str = "The folder for reports.") -> Decorator:
    """Return --out DIR."""
    return click.option(
        "--out",
        type=click.Path(path_type=Path),
        default=Path(default),
        show_default=True,
        metavar="DIR",
        help=text,
    )


def subject_option(text: str) -> Decorator:
    """Return --tf, of one subject."""
    return click.option(
        "--tf",
        "subject",
        default="installed",
        show_default=True,
        metavar="SUBJECT",
        help=text,
    )


def subjects_option(default: Sequence[str], text: str) -> Decorator:
    """Return --tf, of several subjects."""
    return click.option(
        "--tf",
        "subjects",
        multiple=True,
        default=default,
        show_default=True,
        metavar="SUBJECT",
        help=f"{text}; may be given several times.",
    )


def setup_option(text: str = "") -> Decorator:
    """Return --setup FILE; ``text`` says what it is for."""
    return click.option(
        "--setup",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"A Python file executed right after TensorFlow is imported{text}.",
    )


def profiles_option(default: str, text: str) -> Decorator:
    """Return --profile, of one of the two or both."""
    return click.option(
        "--profile",
        type=click.Choice(["legacy", "v2", "both"]),
        default=default,
        show_default=True,
        help=text,
    )


def profile_option(text: str = "The profile to run in.") -> Decorator:
    """Return --profile, of one of the two."""
    return click.option(
        "--profile",
        type=click.Choice(["legacy", "v2"]),
        default="legacy",
        show_default=True,
        help=text,
    )


format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["rich", "markdown"]),
    default="rich",
    show_default=True,
    help="How the summary is printed; $GITHUB_STEP_SUMMARY gets it in Markdown either way.",
)


def workers_for(
    workers: str | None, select: str | None, pytest_args: Sequence[str] = ()
) -> str | None:
    """Return the processes to share the checks, chosen where the user has not: see ``-n``."""
    cores = os.cpu_count() or 1
    few = select or any(map(_ONE_PROCESS.match, pytest_args))
    if workers is not None or few or cores == 1:
        return workers
    return str(min(cores, _MOST_WORKERS))


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
