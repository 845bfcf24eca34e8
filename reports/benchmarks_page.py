"""What the benchmarks have measured: a page, one in Markdown, and a table for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from reports.figures import Figure
from reports.files import write_text
from reports.picture import strip
from reports.rendering import render
from reports.wording import Word, measure, plural

if TYPE_CHECKING:
    import os

    from rich.console import Console

_KEPT = {
    True: Word("✓", "met", "good"),
    False: Word("✕", "not met", "bad"),
    None: Word("", "", "plain"),
}
_FAILED = Word("!", "failed", "lost")


def write_benchmarks_page(path: str | os.PathLike[str], document: dict[str, Any]) -> None:
    """Write the page of a benchmarks `document` to `path`.

    Raises
    ------
    OSError
        As `files.write_text`: the page is written whole or not at all.
    """
    bounds = _bounds(document)
    failed = [name for name, part in document["parts"].items() if part["error"]]
    write_text(
        path,
        render(
            "benchmarks.html.j2",
            title=f"benchmarks on {document['tensorflow']} · tf-litmus",
            document=document,
            headline=headline(document),
            kept=_KEPT,
            quantity=quantity,
            speed=speed,
            strip=strip(_KEPT[met].tone for met in bounds),
            figures=[
                Figure(bounds.count(True), "met", "good" if True in bounds else "plain"),
                Figure(bounds.count(False), "not met", "bad" if False in bounds else "plain"),
                Figure(len(failed), "failed", "lost" if failed else "plain"),
            ],
        ),
    )


def print_benchmarks(document: dict[str, Any], console: Console) -> None:
    """Print the rows that are not only what others are made of."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    table.add_column("measured")
    for head in ("", "at most"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("")
    for name, part in document["parts"].items():
        for row in part["rows"]:
            if not row["detail"]:
                table.add_row(name, row["what"], *_cells(row), _word(_KEPT[row["met"]]))
        if part["error"]:
            table.add_row(name, Text(part["error"]), "", "", _word(_FAILED))
    console.print(table)
    console.print(headline(document), style="bold", highlight=False)


def as_markdown(document: dict[str, Any]) -> str:
    """Return the document as a page: the sentence, the machine, and a table for each part."""
    machine = document["machine"]
    pythons = f"Python {machine['driver']} drives Python {document['subject']}"
    lines = [
        "# What it costs",
        "",
        headline(document),
        "",
        f"{machine['cpu']}, {plural(machine['cores'], 'core')}; {pythons}.",
        "Every number is a ratio, or a difference, of what was measured in turn within one run.",
    ]
    for name, part in document["parts"].items():
        about = " ".join(part["about"].split())
        lines += ["", f"## ({name}) {part['title']}", "", f"{about} {speed(part)}", ""]
        lines += ["| | measured | at most | |", "| --- | ---: | ---: | --- |"]
        for row in part["rows"]:
            word = _KEPT[row["met"]]
            cells = (row["what"], *_cells(row), f"{word.sign} {word.words}".strip())
            lines.append("| " + " | ".join(cells) + " |")
        if part["error"]:
            lines += ["", f"{_FAILED.sign} {_FAILED.words}: {part['error']}"]
    return "\n".join(lines) + "\n"


def headline(document: dict[str, Any]) -> str:
    """Return the bounds in one sentence."""
    bounds = _bounds(document)
    cores = plural(document["machine"]["cores"], "core")
    quick = ", quick samples" if document["quick"] else ""
    return (
        f"On TensorFlow {document['tensorflow']} and {cores}{quick}, "
        f"{bounds.count(True)} of {plural(len(bounds), 'bound')} met."
    )


def speed(part: dict[str, Any]) -> str:
    """Return how fast the machine was meanwhile, in one sentence."""
    before, after = (quantity(1000 * one, "ms") for one in part["loops"])
    return f"A bare loop of a million turns took {before} before and {after} after."


def quantity(value: float | None, unit: str) -> str:
    """Write a number with its unit: ``2.31 s``, ``0.06×``; empty for none."""
    if value is None:
        return ""
    return measure(value) + (unit if unit == "×" else f" {unit}" if unit else "")


def _cells(row: dict[str, Any]) -> tuple[str, str]:
    return quantity(row["value"], row["unit"]), quantity(row["most"], row["unit"])


def _word(word: Word) -> Text:
    styles = {"good": "green", "bad": "red", "lost": "magenta", "plain": ""}
    return Text(f"{word.sign} {word.words}", styles[word.tone])


def _bounds(document: dict[str, Any]) -> list[bool]:
    rows = (row for part in document["parts"].values() for row in part["rows"])
    return [row["met"] for row in rows if row["met"] is not None]
