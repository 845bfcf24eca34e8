"""The matrix of many subjects: every API on each of them, and what changed between neighbours.

Neighbours are two cells that follow each other in one `Column`: what a step of an upgrade changes
is the diff of the two.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from reports import diff, distances, headline
from reports.files import MATRIX
from reports.outcomes import by_api

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def build(cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the document of a matrix, valid under ``matrix-1.schema.json``.

    Parameters
    ----------
    cells
        In order, each with ``subject`` and ``profile`` as they were asked for; ``report``, the
        report or None; ``folder``, where its page is, relative to the matrix, or None; ``path``,
        where the outputs of its frozen inputs are, or None; and ``reason``, why there is no report,
        or why it is incomplete, or "".
    """
    rows = [_cell(cell) for cell in cells]
    apis = sorted({api for row in rows for api in row["apis"]})
    previous: dict[Column, int] = {}
    steps = []
    for place, cell in enumerate(cells):
        if cell["report"] is None or cell["report"]["incomplete"]:
            continue
        here = column(cell)
        if here in previous:
            steps.append(_step(cells, previous[here], place))
        previous[here] = place
    document = {"schema": MATRIX, "apis": apis, "cells": rows, "steps": steps}
    return {"schema": MATRIX, "headline": headline.of_matrix(document), **document}


def without_folders(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a matrix whose cells have no page to open."""
    return {**document, "cells": [{**cell, "folder": None} for cell in document["cells"]]}


class Column(NamedTuple):
    """What neighbours have in common, as it was asked for.

    Releases follow each other with one Keras ``flavour`` ("": their own); or, with ``release``, one
    release follows itself with one Keras 3 and the next.
    """

    profile: str
    flavour: str
    release: str


def column(cell: Mapping[str, Any]) -> Column:
    """Return the column a cell is in."""
    release, _, flavour = cell["subject"].partition("+")
    if re.match(r"keras\d", flavour):
        return Column(cell["profile"], "", release)
    return Column(cell["profile"], flavour, "")


def _cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    report = cell["report"]
    kept = ("outcome", "checks", "outcomes", "comparisons", "bound_fraction", "ulp")
    return {
        "subject": cell["subject"],
        "profile": cell["profile"],
        "folder": cell["folder"],
        "reason": cell["reason"],
        "incomplete": report["incomplete"] if report else None,
        "fingerprint": report["subject"] if report else None,
        "summary": report["summary"] if report else None,
        "settings": report["settings"] if report else None,
        "apis": {
            api["api"]: {name: api[name] for name in kept}
            for api in (by_api(report["checks"]) if report else ())
        },
    }


def _step(cells: Sequence[Mapping[str, Any]], base: int, candidate: int) -> dict[str, Any]:
    """What changed from one cell to its neighbour."""
    sides = (cells[base], cells[candidate])
    folders = tuple(side["path"] for side in sides if side.get("path"))
    change = diff.compare(
        sides[0]["report"], sides[1]["report"], (folders[0], folders[1]) if folders[1:] else None
    )
    return {
        "base": base,
        "candidate": candidate,
        "severity": change["severity"],
        "headline": change["headline"],
        "counts": change["counts"],
        "apis": {
            api["api"]: {"class": api["class"], "counts": api["counts"], "bits": api["bits"]}
            for api in change["apis"]
            if api["class"] != "unchanged"
        },
        "checks": [
            {"id": check["id"], "api": check["api"], "class": check["class"]}
            for check in change["checks"]
            if check["class"] != "unchanged"
        ],
        "distances": None if change["distances"] is None else distances.apart(change),
    }
