"""``tf-litmus corpus``: the frozen inputs, shown, added to and built."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
from rich.table import Table

from conformance import corpus, corpus_building
from conformance.comparison import load_report, report_or_subject, select_checks
from conformance.errors import UsageError
from conformance.options import select_option
from conformance.printing import table_console

__all__ = ["corpus_command"]

# One with tf.layers, tf.keras of Keras 2 and today's kernels; one with tf.contrib and tf_slim.
_SUBJECTS = ("2.21+tf_keras", "1.15")
_EXAMPLES = 10
_folder = click.option(
    "--corpus",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder of the corpus (default: fixtures/corpus).",
)


@click.group("corpus")
def corpus_command() -> None:
    """Show the frozen inputs that every run replays, add to them, or build them anew."""


@corpus_command.command("list")
@_folder
def list_command(folder: Path | None) -> None:
    """List the frozen inputs by API."""
    frozen = corpus.load(folder)
    if not frozen.entries:
        raise UsageError(f"{folder or corpus.corpus_dir()}: no corpus; `tf-litmus corpus build`")
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("API", overflow="fold")
    for name in ("inputs", "graphs"):
        table.add_column(name, justify="right")
    table.add_column("dtypes")
    table.add_column("edges", overflow="fold")
    for api in sorted({entry.api for entry in frozen.entries}):
        entries = [entry for entry in frozen.entries if entry.api == api]
        table.add_row(
            api,
            str(len(entries)),
            str(len({entry.graph for entry in entries})),
            " ".join(sorted({entry.dtype for entry in entries if entry.dtype})),
            ", ".join(sorted({edge for entry in entries for edge in entry.edges})),
        )
    table_console().print(table)
    click.echo(
        f"{len(frozen.entries)} inputs, {len({entry.graph for entry in frozen.entries})} graphs; "
        f"digest {frozen.digest}"
    )


@corpus_command.command("add")
@click.argument("report", metavar="REPORT")
@select_option
@_folder
def add_command(report: str, select: str | None, folder: Path | None) -> None:
    """Freeze the minimal inputs of every failure in REPORT, a report.json or its folder."""
    side = report_or_subject(report)
    if not isinstance(side, Path):
        raise UsageError(f"{report} is a subject; give the report of a run with failures")
    document = select_checks(load_report(side), select)
    failing = [check for check in document["checks"] if check["failure"]]
    if not failing:
        raise UsageError(f"{report}: nothing failed in it")
    found = [entry for entry in map(corpus_building.of_failure, failing) if entry is not None]
    if not found:
        raise UsageError(f"{report}: its failures do not tell their inputs; run it again")
    grown, count = corpus_building.with_found(corpus.load(folder), found)
    corpus.save(grown, folder or corpus.corpus_dir())
    click.echo(f"{count} of {len(found)} inputs are new; digest {grown.digest}")


@corpus_command.command("build")
@click.option(
    "--tf",
    "subjects",
    multiple=True,
    default=_SUBJECTS,
    show_default=True,
    metavar="SUBJECT",
    help="The subjects whose checks are run; an API that all of them miss gets no inputs.",
)
@click.option(
    "--examples",
    type=click.IntRange(min=1),
    default=_EXAMPLES,
    show_default=True,
    metavar="N",
    help="Drawn examples per check to choose from.",
)
@click.option(
    "--gathered",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Choose from what `pytest --gather FILE` kept instead of running the checks.",
)
@_folder
def build_command(
    subjects: tuple[str, ...], examples: int, gathered: tuple[Path, ...], folder: Path | None
) -> None:
    """Choose the frozen inputs anew from what the checks run now; counterexamples are kept.

    Checks that were renamed, and graphs with other arguments, need this. It takes as long as a run
    of the suite on each SUBJECT.
    """
    target = folder or corpus.corpus_dir()
    old = corpus.load(target)
    with tempfile.TemporaryDirectory(prefix="tf-litmus-corpus-") as scratch:
        paths = gathered or [
            corpus_building.gather(subject, examples, Path(scratch)) for subject in subjects
        ]
        made = corpus_building.build(paths, subjects, old)
    if not made.entries:
        raise UsageError("the checks ran nothing that can be frozen")
    corpus.save(made, target)
    size = sum(path.stat().st_size for path in target.iterdir())
    click.echo(
        f"{len(made.entries)} inputs, {len({entry.graph for entry in made.entries})} graphs, "
        f"{size / 1e6:.2f} MB in {target}; digest {made.digest}"
    )
