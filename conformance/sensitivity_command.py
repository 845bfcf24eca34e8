"""``tf-litmus sensitivity``: how many faults the checks notice."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from conformance import sensitivity
from conformance.errors import SubjectUnavailable
from conformance.matrix import Cell, Runner, Settings
from conformance.options import (
    examples_option,
    exit_with,
    out_option,
    profile_option,
    refuse_unwritable,
    subject_option,
)
from conformance.progress import Display
from conformance.pytest_process import AS_EXPECTED, DEVIATION, INTERRUPTED
from reports import documents, files
from reports import sensitivity as sensitivity_report
from reports.sensitivity_page import write_sensitivity_page
from reports.terminal import print_sensitivity

__all__ = ["sensitivity_command"]

_MUTANTS = Path(__file__).resolve().parent.parent / "tests" / "mutants"


@click.command("sensitivity")
@subject_option("The TensorFlow to put the faults into.")
@click.option(
    "-k", "expression", metavar="EXPR", help="The mutants whose name or API matches, as in pytest."
)
@profile_option()
@examples_option
@click.option(
    "--mutants",
    "folder",
    type=click.Path(path_type=Path),
    default=_MUTANTS,
    metavar="DIR",
    help="The folder of mutants (default: tests/mutants of the checkout).",
)
@out_option(
    "reports/out/sensitivity",
    "The folder for sensitivity.json, index.html and the report of each run.",
)
@click.option(
    "--markdown",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the result as a page in Markdown too.",
)
@click.option(
    "-j",
    "processes",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    show_default=True,
    metavar="N",
    help="Mutants to run at a time.",
)
def sensitivity_command(
    subject: str,
    expression: str | None,
    profile: str,
    examples: int | None,
    folder: Path,
    out: Path,
    markdown: Path | None,
    processes: int,
) -> None:
    """Put faults into TensorFlow, one at a time, and show which of them the checks notice.

    Each mutant is a file that --setup would take. Its checks are run without it first: what fails
    anyway notices nothing. Exit status 1 says that a mutant survived.

    \b
    Examples:
      tf-litmus sensitivity
      tf-litmus sensitivity --tf 2.15 -k 'batch_norm and not fused'
    """  # noqa: D301  (click takes a real backspace for "do not rewrap")
    mutants = sensitivity.mutants(folder, expression)
    refuse_unwritable(out)
    settings = Settings(out.absolute(), None, examples)
    selects = " or ".join(f"({one})" for one in dict.fromkeys(one.select for one in mutants))
    whole = Cell(subject, profile, "baseline", ("-k", selects))
    cells = {sensitivity.cell(one, subject, profile): one for one in mutants}
    rows: dict[str, dict[str, Any]] = {}
    with Display([whole, *cells]) as display:
        runner = Runner(settings, display.tell)
        (result,) = runner.run([whole], 1, lambda one: display.done(one.cell, _said(one.status)))
        if result.status not in (AS_EXPECTED, DEVIATION) or result.report is None:
            raise SubjectUnavailable(f"{subject}: {result.reason}")
        base = documents.load(result.report)
        outcomes = {check["id"]: check["outcome"] for check in base["checks"]}

        def done(one: Any) -> None:
            mutant = cells[one.cell]
            row = sensitivity.verdict(mutant, one, outcomes)
            rows[mutant.name] = row
            display.done(one.cell, f"{mutant.name}: {row['verdict']}")

        ran = runner.run(list(cells), processes, done)
    document = sensitivity_report.build(
        base, [rows[one.name] for one in mutants if one.name in rows]
    )
    write_sensitivity_page(out / "index.html", document)
    files.write_json(out / "sensitivity.json", document)
    print_sensitivity(document, Console())
    click.echo(f"sensitivity: {out / 'sensitivity.json'}\npage:        {out / 'index.html'}")
    if markdown is not None:
        files.write_text(markdown, sensitivity_report.as_markdown(document))
        click.echo(f"markdown:    {markdown}")
    if any(one.status == INTERRUPTED for one in ran):
        exit_with(INTERRUPTED)
    counts = document["summary"]
    exit_with(DEVIATION if counts["survived"] or counts["broken"] else AS_EXPECTED)


def _said(status: int) -> str:
    return "the checks without a fault" + ("" if status == AS_EXPECTED else f": status {status}")
