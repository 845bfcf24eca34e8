"""The summary of a run or a diff in a terminal: gravest first, and no more than a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unicodedata import category

from rich.table import Table
from rich.text import Text

from reports import distances, findings, headline, soundness, wording
from reports.outcomes import by_api

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {"bad": "red", "lost": "magenta", "drift": "yellow", "good": "green", "plain": ""}
_MOST_FINDINGS = 5
_MOST_APIS = 10
_WIDE = 100


def print_run(report: dict[str, Any], console: Console) -> None:
    """Print one subject's report: what deviates, then a table by API, then the sentence."""
    _findings(console, findings.of_run(report))
    table = _table("outcome", "API", "checks>", "compared>", "bound\nfraction>", "ulp>")
    apis = by_api(report["checks"])
    for api in apis[:_MOST_APIS]:
        table.add_row(
            _word(wording.OUTCOMES[api["outcome"]]),
            _plain(api["api"]),
            wording.count(api["checks"]),
            wording.count(api["comparisons"]),
            wording.measure(api["bound_fraction"]),
            wording.measure(api["ulp"]),
        )
    _finish(console, table, len(apis) - _MOST_APIS)
    _sentence(console, headline.of_run(report))


def print_diff(diff: dict[str, Any], console: Console) -> None:
    """Print a diff: regressions and losses, then a table by API, then the sentence."""
    _findings(console, findings.of_diff(diff))
    # In a narrow terminal, whole names are worth more than another measure.
    measures = ("bound_fraction", "ulp") if console.width >= _WIDE else ("bound_fraction",)
    heads = (f"{name.replace('_', ' ')}>" for name in measures)
    table = _table("change", "API", *heads, "bits")
    for api in diff["apis"][:_MOST_APIS]:
        table.add_row(
            _word(wording.CLASSES[api["class"]]),
            _plain(api["api"]),
            *(
                _change(*(wording.measure(api[name][side]) for side in ("base", "candidate")))
                for name in measures
            ),
            wording.BITS[api["bits"]],
        )
    _finish(console, table, len(diff["apis"]) - _MOST_APIS)
    _print_distances(diff, console)
    compared = (wording.count(diff["comparisons"][side]) for side in ("base", "candidate"))
    console.print(Text(f"compared {' → '.join(compared)} elements and facts", "dim"))
    for note in diff["notes"]:
        console.print(Text("note: ", "yellow") + _plain(note))
    _sentence(console, diff["headline"])


def _print_distances(diff: dict[str, Any], console: Console) -> None:
    rows = distances.apart(diff)
    if not rows:
        return
    table = _table("on frozen inputs", "dtype", *(f"{name}>" for name in distances.HEADS[2:]))
    for row in rows[:_MOST_FINDINGS]:
        api, dtype, *rest = distances.cells(row)
        table.add_row(_plain(api), dtype, *rest)
    console.print(table)
    if len(rows) > _MOST_FINDINGS:
        console.print(Text(f"  and {len(rows) - _MOST_FINDINGS} more, none farther apart", "dim"))


def print_matrix(matrix: dict[str, Any], console: Console) -> None:
    """Print a matrix: each subject, then the steps that change something, then the sentence."""
    table = _table("subject", "profile", "checks>", "verdicts")
    for cell in matrix["cells"]:
        summary = cell["summary"]
        if summary is None:
            table.add_row(_plain(cell["subject"]), cell["profile"], "–", _plain(cell["reason"]))
            continue
        verdicts = Text(", ").join(
            Text(f"{summary[name]} {word.words}", _STYLES[word.tone])
            for name, word in wording.OUTCOMES.items()
            if summary[name]
        )
        if cell["reason"]:
            verdicts.append(f" ({cell['reason']})")
        table.add_row(
            _plain(cell["subject"]), cell["profile"], wording.count(summary["checks"]), verdicts
        )
    console.print(table)
    for step in matrix["steps"]:
        if step["severity"] == "none":
            continue
        cells = [matrix["cells"][step[side]] for side in ("base", "candidate")]
        style = _STYLES["bad" if step["severity"] == "regression" else "drift"]
        console.print(
            Text(f"{cells[0]['subject']} → {cells[1]['subject']} ({cells[1]['profile']}): ", style)
            + _plain(step["headline"])
        )
    _sentence(console, matrix["headline"])


def print_sensitivity(document: dict[str, Any], console: Console) -> None:
    """Print a sensitivity run: what survived or could not be run, then a table by API."""
    for one in document["mutants"]:
        if one["verdict"] in ("survived", "broken"):
            line = Text.assemble(_word(wording.MUTANTS[one["verdict"]]), " ", _plain(one["name"]))
            line.append(f": {_plain(one['reason'] or one['what'])}")
            console.print(line, no_wrap=True, overflow="ellipsis", crop=True)
    table = _table("API", *(f"{name}>" for name in wording.MUTANTS))
    for api, counts in document["apis"].items():
        table.add_row(_plain(api), *(str(counts[name] or "–") for name in wording.MUTANTS))
    console.print(table)
    _sentence(console, document["headline"])


def print_soundness(document: dict[str, Any], console: Console) -> None:
    """Print a soundness run: each failure and what repeats it, then a table by API."""
    for one in document["failures"]:
        repeat = f"--hypothesis-seed {one['seed']} --examples {one['examples']}"
        console.print(_plain(f"{one['check']} ({repeat}): {one['message']}"), style="red")
    table = _table(soundness.HEADS[0], *(f"{name}>" for name in soundness.HEADS[1:]))
    for row in soundness.rows(document):
        table.add_row(*map(_plain, row))
    console.print(table)
    _sentence(console, soundness.headline(document))


def _findings(console: Console, found: list[findings.Finding]) -> None:
    # Never wrapped: where a line is cut, the page has the rest.
    for finding in found[:_MOST_FINDINGS]:
        line = Text.assemble(_word(finding.word), " ")
        if finding.checks == 1:
            line.append_text(_plain(f"{finding.name}: {finding.detail}".removesuffix(": ")))
        else:
            line.append_text(
                _plain(f"{finding.checks} checks: {finding.detail} ({finding.name}, …)")
            )
        console.print(line, no_wrap=True, overflow="ellipsis", crop=True)
    hidden = sum(finding.checks for finding in found[_MOST_FINDINGS:])
    if hidden:
        console.print(Text(f"  and {wording.plural(hidden, 'check')} more", "dim"))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        name = column.rstrip(">")
        table.add_column(
            name,
            justify="right" if column.endswith(">") else "left",
            # What may be a sentence yields to the names beside it.
            no_wrap=name not in ("API", "verdicts"),
            overflow="fold",
        )
    return table


def _finish(console: Console, table: Table, hidden: int) -> None:
    console.print(table)
    if hidden > 0:
        console.print(Text(f"  and {wording.plural(hidden, 'API')} more, none graver", "dim"))


def _sentence(console: Console, sentence: str) -> None:
    console.print(_plain(sentence), style="bold", soft_wrap=not console.is_terminal)


def _word(word: wording.Word) -> Text:
    return Text(f"{word.sign} {word.words}", _STYLES[word.tone])


def _change(before: str, after: str) -> str:
    return after if before == after else f"{before} → {after}"


def _plain(text: str) -> Text:
    """Keep out markup and control characters, which could repaint the reader's terminal."""
    return Text(
        "".join("�" if category(character).startswith("C") else character for character in text)
    )
