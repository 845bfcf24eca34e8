"""The document of a soundness run: what was compared, and what failed, on an unmodified TensorFlow.

``soundness.json`` is also what an interrupted run goes on from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.wording import count, measure, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADS = ("API", "comparisons", "runs", "failures", "bound fraction", "seconds")


def headline(document: dict[str, Any]) -> str:
    """Return the run in one sentence."""
    apis = [row for row in document["apis"].values() if not row["missing"]]
    drawn = [row for row in apis if row["drawn"]]
    reached = sum(row["comparisons"] >= document["comparisons"] for row in drawn)
    compared = sum(row["comparisons"] for row in apis)
    failures = len(document["failures"])
    version = document["subject"]["tensorflow"]
    return (
        f"{count(compared)} comparisons on TensorFlow {version}: "
        f"{plural(failures, 'unexplained failure') if failures else 'no unexplained failure'}. "
        f"{reached} of {plural(len(drawn), 'API')} reached {count(document['comparisons'])}."
    )


def rows(document: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield a table's cells for each API that the release has, under `HEADS`."""
    for name, row in sorted(document["apis"].items()):
        if not row["missing"]:
            yield (
                name,
                count(row["comparisons"]),
                count(row["runs"]),
                count(row["failures"]),
                measure(row["bound_fraction"]),
                f"{row['seconds']:.0f}",
            )


def as_markdown(document: dict[str, Any]) -> str:
    """Return the document as a page: the sentence, what was run, a table, and each failure."""
    settings, rounds = document["settings"], document["rounds"]
    seeds = f"{settings['seed']} to {rounds[-1]['seed']}" if rounds[1:] else f"{settings['seed']}"
    selected = f" -k '{settings['select']}'" if settings["select"] else ""
    factor = settings.get("enlarge", 1)
    enlarged = f" --enlarge {factor}" if factor > 1 else ""
    command = f"tf-litmus soundness --tf {settings['subject']}{selected}{enlarged}"
    many = f"{plural(len(rounds), 'run')}, hypothesis seeds {seeds}, {document['seconds']:.0f} s"
    lines = [
        "# No false alarm",
        "",
        headline(document),
        "",
        f"`{command}`, profile {settings['profile']}: {many}.",
        "Bound fractions are the largest |observed − centre| / radius seen outside registered",
        "deviations; an API without one is judged by bits, facts or orders. Seconds are those of",
        "its checks. What draws no inputs is compared in the first run alone.",
        "",
        "| " + " | ".join(HEADS) + " |",
        "| --- |" + " ---: |" * (len(HEADS) - 1),
        *(f"| `{name}` | " + " | ".join(rest) + " |" for name, *rest in rows(document)),
    ]
    absent = sorted(name for name, row in document["apis"].items() if row["missing"])
    if absent:
        lines += ["", "Not in this release: " + ", ".join(f"`{name}`" for name in absent) + "."]
    if document["failures"]:
        lines += ["", "## Unexplained failures", ""]
        lines += [
            f"- `{one['check']}` with `--hypothesis-seed {one['seed']} --examples "
            f"{one['examples']}{enlarged}`: {one['message']}"
            for one in document["failures"]
        ]
    return "\n".join(lines) + "\n"
