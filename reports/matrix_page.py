"""The matrix page: APIs by releases, what each step changed, and every subject."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports import picture, wording
from reports.figures import Figure
from reports.files import write_text
from reports.matrix import Column, column
from reports.outcomes import BAD, largest
from reports.rendering import render

if TYPE_CHECKING:
    import os

_PROFILES = {"legacy": "TF1-style code: v2 behaviour disabled", "v2": "TF2 defaults"}
_MOST_CHECKS = 8
# A step's classes that mean other bits or another verdict, not only another number of checks.
_MOVED = ("regression", "deviates", "drifted", "fixed")


def write_matrix_page(path: str | os.PathLike[str], matrix: dict[str, Any]) -> None:
    """Write the page of `matrix`, valid under its schema, to `path`.

    Raises
    ------
    OSError
        As `files.write_text`: the page is written whole or not at all.
    """
    steps = [_step(matrix, step) for step in matrix["steps"]]
    write_text(
        path,
        render(
            "matrix.html.j2",
            title=f"{len(matrix['cells'])} subjects · tf-litmus",
            matrix=matrix,
            groups=_groups(matrix),
            steps=sorted(steps, key=lambda step: step["place"]),
            strip=picture.strip(_tone(cell) for cell in matrix["cells"]),
            figures=_figures(matrix),
        ),
    )


def _figures(matrix: dict[str, Any]) -> list[Figure]:
    ran = [cell for cell in matrix["cells"] if cell["summary"]]
    numbers = [
        (sum(any(cell["summary"][name] for name in BAD) for cell in ran), "deviating", "bad"),
        (len(matrix["cells"]) - len(ran), "could not be run", "lost"),
        (
            sum(step["severity"] == "regression" for step in matrix["steps"]),
            "steps that take away",
            "bad",
        ),
        (sum(step["severity"] == "drift" for step in matrix["steps"]), "steps that drift", "drift"),
        (sum(cell["summary"]["comparisons"] for cell in ran), "comparisons", "plain"),
    ]
    return [Figure(number, label, tone if number else "plain") for number, label, tone in numbers]


def _tone(cell: dict[str, Any]) -> str:
    if cell["summary"] is None:
        return "lost"
    return "bad" if any(cell["summary"][name] for name in BAD) else "good"


def _groups(matrix: dict[str, Any]) -> list[dict[str, Any]]:
    """One table for each column of the matrix: its cells are neighbours."""
    places: dict[Column, list[int]] = {}
    for place, cell in enumerate(matrix["cells"]):
        places.setdefault(column(cell), []).append(place)
    changes = {
        (step["candidate"], api): change
        for step in matrix["steps"]
        for api, change in step["apis"].items()
    }
    return [
        {
            "title": _title(one),
            "columns": [
                {
                    "name": matrix["cells"][place]["subject"].partition("+")[
                        2 if one.release else 0
                    ],
                    "page": _page(matrix["cells"][place]),
                }
                for place in group
            ],
            **_rows(matrix, group, changes),
        }
        for one, group in places.items()
    ]


def _name(subject: str, one: Column) -> str:
    """What tells a subject from its neighbours."""
    release, _, flavour = subject.partition("+")
    return flavour if one.release else release


def _title(one: Column) -> str:
    with_keras = f", {one.flavour}" if one.flavour else ""
    across = f", TensorFlow {one.release} with one Keras and the next" if one.release else ""
    return _PROFILES[one.profile] + with_keras + across


def _rows(
    matrix: dict[str, Any], places: list[int], changes: dict[tuple[int, str], dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """The APIs of a group: those in which anything changes or deviates, and the settled ones."""
    rows: dict[str, list[dict[str, Any]]] = {"rows": [], "settled": []}
    for api in matrix["apis"]:
        outcomes = {
            matrix["cells"][place]["apis"][api]["outcome"]
            for place in places
            if api in matrix["cells"][place]["apis"]
        }
        moved = any((place, api) in changes for place in places)
        settled = not moved and len(outcomes) < 2 and not outcomes & set(BAD)
        rows["settled" if settled else "rows"].append(_row(matrix, api, places, changes))
    return rows


def _row(
    matrix: dict[str, Any],
    api: str,
    places: list[int],
    changes: dict[tuple[int, str], dict[str, Any]],
) -> dict[str, Any]:
    cells = [matrix["cells"][place] for place in places]
    of = [cell["apis"].get(api) for cell in cells]
    return {
        "api": api,
        "cells": [
            _cell(api, cell, found, changes.get((place, api)))
            for place, cell, found in zip(places, cells, of, strict=True)
        ],
        "line": picture.sparkline(
            [cell["subject"] for cell in cells],
            [found["bound_fraction"] if found else None for found in of],
        ),
    }


def _cell(
    api: str, cell: dict[str, Any], found: dict[str, Any] | None, change: dict[str, Any] | None
) -> dict[str, Any] | None:
    if found is None:
        return None
    # An API that lacks a kernel for one dtype is not one that a release does not have.
    outcomes = [name for name in found["outcomes"] if name != "missing"]
    lacks = bool(outcomes) and found["outcome"] == "missing"
    word = wording.OUTCOMES[outcomes[0] if lacks else found["outcome"]]
    verdicts = ", ".join(
        f"{number} {wording.OUTCOMES[name].words}" for name, number in found["outcomes"].items()
    )
    moved = change is not None and any(name in _MOVED for name in change["counts"])
    changed = ""
    if change is not None:
        words = ", ".join(
            f"{number} {wording.CLASSES[name].words}"
            for name, number in change["counts"].items()
            if name != "unchanged"
        )
        changed = f"; since the release before: {words}"
    return {
        "word": word,
        "lacks": lacks,
        "change": moved,
        "page": _page(cell),
        "title": f"{api} on {cell['subject']}: {verdicts}{changed}",
    }


def _page(cell: dict[str, Any]) -> str | None:
    return f"{cell['folder']}/index.html" if cell["folder"] and cell["summary"] else None


def _step(matrix: dict[str, Any], step: dict[str, Any]) -> dict[str, Any]:
    base, candidate = (matrix["cells"][step[side]] for side in ("base", "candidate"))
    checks: dict[str, list[str]] = {}
    for check in step["checks"]:
        checks.setdefault(check["api"], []).append(check["id"])
    apart: dict[str, list[dict[str, Any]]] = {}
    for row in step.get("distances") or ():
        apart.setdefault(row["api"], []).append(row)
    gravest = next((name for name, number in step["counts"].items() if number), "unchanged")
    return {
        "place": step["candidate"],
        "base": base["subject"],
        "candidate": f"{candidate['subject']} ({candidate['profile']})",
        "severity": step["severity"],
        "word": wording.CLASSES[gravest],
        "headline": step["headline"],
        "apis": [
            {
                "api": api,
                "counts": change["counts"],
                "checks": checks[api][:_MOST_CHECKS],
                "hidden": max(0, len(checks[api]) - _MOST_CHECKS),
                "apart": _farthest(apart.get(api, [])),
            }
            for api, change in step["apis"].items()
        ],
    }


def _farthest(rows: list[dict[str, Any]]) -> str:
    """How far an API's outputs of the frozen inputs moved at most, over its dtypes."""
    most = {
        unit: largest(row[unit]["most"] for row in rows if row[unit]) for unit in ("ulp", "radii")
    }
    said = [f"{wording.measure(value)} {unit}" for unit, value in most.items() if value is not None]
    return " and ".join(said)
