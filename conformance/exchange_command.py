"""``tf-litmus exchange``: files that one release writes for others to read, shown and written."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from conformance import exchange, exchange_building
from conformance.errors import UsageError
from conformance.printing import table_console

__all__ = ["exchange_command"]

# With today's release its legacy Keras: tf.layers is needed to write, though not to read.
_WRITERS = ("1.12", "1.15", "2.15", "2.21+tf_keras")
_folder = click.option(
    "--exchange",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder of the files (default: fixtures/exchange).",
)


@click.group("exchange")
def exchange_command() -> None:
    """Show the checkpoints and MetaGraphs that releases wrote for others, or write them anew."""


@exchange_command.command("list")
@_folder
def list_command(folder: Path | None) -> None:
    """List what was written, by its writer."""
    folder = folder or exchange.exchange_dir()
    found = exchange.shipped(folder)
    if not found:
        raise UsageError(f"{folder}: nothing was written; `tf-litmus exchange build`")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("writer", "TensorFlow", "graph", "files"):
        table.add_column(heading, no_wrap=True)
    for writer, name in found:
        one = exchange.load(exchange.path_of(folder, writer, name))
        table.add_row(
            *(writer, one.tensorflow, name),
            ", ".join(f"{file} {len(content)} B" for file, content in one.files.items()),
        )
    table_console().print(table)


@exchange_command.command("unpack")
@click.argument("writer")
@click.argument("graph")
@click.argument("target", type=click.Path(path_type=Path, file_okay=False), metavar="TARGET")
@_folder
def unpack_command(writer: str, graph: str, target: Path, folder: Path | None) -> None:
    """Put the files that WRITER wrote of GRAPH into the folder TARGET, to read them by hand.

    \b
    Example:
      tf-litmus exchange unpack 1.12 image-ref /tmp/image
    """  # noqa: D301  (click takes a real backspace for "do not rewrap")
    one = exchange.load(exchange.path_of(folder or exchange.exchange_dir(), writer, graph))
    target.mkdir(parents=True, exist_ok=True)
    for name, content in one.files.items():
        (target / name).write_bytes(content.tobytes())
        click.echo(target / name)


@exchange_command.command("build")
@click.option(
    "--tf",
    "subjects",
    multiple=True,
    default=_WRITERS,
    show_default=True,
    metavar="SUBJECT",
    help="The writers; what others wrote stays.",
)
@_folder
def build_command(subjects: tuple[str, ...], folder: Path | None) -> None:
    """Have each SUBJECT train its graphs a little, save them, and run on."""
    for subject in subjects:
        # All of a writer's, or none: half of them would be compared with the other half of old.
        paths = [exchange.save(one, folder) for one in list(exchange_building.write(subject))]
        size = sum(path.stat().st_size for path in paths)
        click.echo(f"{subject}: {len(paths)} graphs, {size / 1e3:.1f} kB in {paths[0].parent}")
