"""How the commands print tables and summaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from reports.markdown import to_step_summary

if TYPE_CHECKING:
    from collections.abc import Callable

    Printer = Callable[[dict[str, Any], Console], None]
    Writer = Callable[[dict[str, Any]], str]

__all__ = ["say", "table_console"]


def table_console() -> Console:
    """Return where to print a table: wide for a pipe, where one cut at 80 columns is of no use."""
    console = Console()
    return console if console.is_terminal else Console(width=200)


def say(form: str, document: dict[str, Any], rich: Printer, markdown: Writer) -> None:
    """Print a summary in the form asked for, and give it to the CI system where there is one."""
    text = markdown(document)
    to_step_summary(text)
    if form == "markdown":
        click.echo(text)
    else:
        rich(document, Console())
