"""``tf-litmus merge``: the matrices of several machines."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance import matrix, matrix_files
from conformance.errors import UsageError
from conformance.options import format_option, out_option, refuse_unwritable
from reports import files
from reports.html import write_run_page

if TYPE_CHECKING:
    from typing import Any

__all__ = ["merge_command"]


@click.command("merge")
@click.argument("parts", nargs=-1, required=True, type=click.Path(path_type=Path))
@out_option("reports/out/matrix", "The folder that gets the matrix of all parts.")
@click.option(
    "--small", is_flag=True, help="Keep of each cell its report alone, compressed, and no page."
)
@format_option
def merge_command(parts: tuple[Path, ...], out: Path, small: bool, form: str) -> None:
    """Join the matrices of several machines into one.

    Each PART is the --out of a `tf-litmus matrix --shard I/N`. Their cells are copied to DIR, where
    matrix.json and index.html then speak of all of them. A matrix that is kept --small can be put
    into a repository, and read by `diff` and `merge` as any other; merged again, it has its pages.

    \b
    Examples:
      tf-litmus merge part1 part2 --out whole
      tf-litmus merge whole --small --out kept
      tf-litmus diff kept/2.15-legacy kept/2.21-legacy
    """  # noqa: D301
    rows = _joined(parts)
    refuse_unwritable(out)
    for row in rows.values():
        if row["folder"]:
            _copy(row, out, small=small)
    order = {cell.name: place for place, cell in enumerate(matrix.plan(("1.12..nightly",), "both"))}
    ordered = sorted(rows.items(), key=lambda item: order.get(item[0], len(order)))
    matrix_files.write(out, [row for _, row in ordered], form, pages=not small)


def _joined(parts: tuple[Path, ...]) -> dict[str, dict[str, Any]]:
    """The cells of all parts by their names; of one that only some could run, what these have."""
    rows: dict[str, dict[str, Any]] = {}
    for part in parts:
        for row in matrix_files.read_rows(part):
            name = matrix.Cell(row["subject"], row["profile"]).name
            if name in rows and rows[name]["report"] is not None:
                if row["report"] is not None:
                    raise UsageError(
                        f"{part}: {name} is in {rows[name]['part']} too; give each machine a shard "
                        "of its own"
                    )
                continue
            rows[name] = {**row, "part": part}
    return rows


def _copy(row: dict[str, Any], out: Path, *, small: bool) -> None:
    """Bring a cell's files to where the joined matrix is."""
    if small:  # where the interpreter was is of no use on another machine
        subject = row["report"]["subject"]
        kept = {name: value for name, value in subject.items() if name != "executable"}
        row["report"] = {**row["report"], "subject": kept}
    there, here = row["part"] / row["folder"], out / row["folder"]
    if there.resolve() == here.resolve():
        return
    if small:
        files.write_compressed(here / "report.json.gz", row["report"])
        return
    shutil.copytree(there, here, dirs_exist_ok=True)
    if not (here / "index.html").exists():  # of what was kept small
        write_run_page(here / "index.html", row["report"])
