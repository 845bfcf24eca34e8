"""``tf-litmus subjects``: what can be run on this machine."""

from __future__ import annotations

import click

from conformance import environments, inventory
from conformance.options import complain
from conformance.printing import table_console

__all__ = ["subjects_command"]


@click.command("subjects")
@click.option("--prune", is_flag=True, help="Remove all environments and free their disk space.")
def subjects_command(prune: bool) -> None:
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
