"""The run page and the diff page: one static file each, opened from disk, without the network.

What needs a decision comes first. The rest, most of a long report, is folded into a line for each
kind: the filters find it there, and its rows carry details only where there is more to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports import distances, figures, headline, picture, wording
from reports.files import write_text
from reports.outcomes import BAD, BY_GRAVITY, by_api, count, gravest_first
from reports.rendering import render

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from reports.figures import Figure

_BESIDE_THE_FIGURES = ("new_failing", "deviates", "incomparable", "still_failing", "new")


def write_run_page(path: str | os.PathLike[str], report: dict[str, Any]) -> None:
    """Write the page of one subject's `report`, valid under its schema, to `path`.

    Raises
    ------
    OSError
        As `files.write_text`: the page is written whole or not at all.
    """
    checks = gravest_first(report["checks"])
    outcomes = count((check["outcome"] for check in checks), BY_GRAVITY)
    apis = by_api(checks)
    write_text(
        path,
        render(
            "run.html.j2",
            title=f"{report['subject']['label']} · tf-litmus",
            headline=headline.of_run(report),
            report=report,
            subject=report["subject"],
            checks=_folded(checks, "outcome", ("missing", "passed")),
            apis=_folded(apis, "outcome", ("passed",)),
            totals={
                "apis": sum(api["comparisons"] > 0 for api in apis),
                "checks": len(checks),
                "comparisons": sum(api["comparisons"] for api in apis),
                "unclaimed": sum(api["unclaimed"] for api in apis),
            },
            figures=figures.of_run(report),
            strip=picture.strip(wording.OUTCOMES[check["outcome"]].tone for check in checks),
            facets=[
                ("api", "API", _options(checks, "api")),
                ("outcome", "Outcome", _outcome_options(outcomes)),
                ("dtype", "Dtype", _options(checks, "dtype")),
            ],
        ),
    )


def write_diff_page(path: str | os.PathLike[str], diff: dict[str, Any]) -> None:
    """Write the page of `diff`, valid under its schema, to `path`.

    Raises
    ------
    OSError
        As `files.write_text`: the page is written whole or not at all.
    """
    checks = diff["checks"]
    classes = {name: number for name, number in diff["counts"].items() if number}
    numbers = figures.of_diff(diff)
    outcomes = count(
        (check["candidate"]["outcome"] for check in checks if check["candidate"]), BY_GRAVITY
    )
    base, candidate = headline.subject_names(diff)
    write_text(
        path,
        render(
            "diff.html.j2",
            title=f"{base} → {candidate} · tf-litmus",
            diff=diff,
            names={"base": base, "candidate": candidate},
            checks=_folded(checks, "class", ("unchanged",)),
            apis=_folded(diff["apis"], "class", ("unchanged",)),
            figures=numbers,
            apart_heads=distances.HEADS,
            apart=[distances.cells(row) for row in distances.apart(diff)],
            others=[name for name in classes if name in _BESIDE_THE_FIGURES],
            strip=picture.strip(wording.CLASSES[check["class"]].tone for check in checks),
            facets=[
                ("api", "API", _options(checks, "api")),
                ("class", "Change", _class_options(classes, numbers)),
                ("outcome", "Outcome now", _outcome_options(outcomes)),
                ("dtype", "Dtype", _options(checks, "dtype")),
            ],
        ),
    )


def _folded(
    rows: Sequence[dict[str, Any]], field: str, settled: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """Part the rows that need a decision, called ``open``, from each kind that needs none."""
    return {
        "open": [row for row in rows if row[field] not in settled],
        **{kind: [row for row in rows if row[field] == kind] for kind in settled},
    }


def _options(checks: Iterable[dict[str, Any]], field: str) -> list[tuple[str, str]]:
    return [(value, value) for value in sorted({check[field] for check in checks} - {None})]


def _outcome_options(counts: dict[str, int]) -> list[tuple[str, str]]:
    options = [
        (name, f"{wording.OUTCOMES[name].words} ({number})") for name, number in counts.items()
    ]
    bad = [name for name in counts if name in BAD]
    if len(bad) > 1:
        options.insert(0, (",".join(bad), f"any deviation ({sum(counts[name] for name in bad)})"))
    return options


def _class_options(counts: dict[str, int], numbers: Iterable[Figure]) -> list[tuple[str, str]]:
    options = [
        (name, f"{wording.CLASSES[name].words} ({number})") for name, number in counts.items()
    ]
    # A figure may stand for several classes; what its link says must be in the list too.
    grouped = [
        (figure.state["class"], f"all {figure.label} ({figure.number})")
        for figure in numbers
        if figure.number and figure.state and "," in figure.state["class"]
    ]
    return grouped + options
