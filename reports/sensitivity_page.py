"""The sensitivity page: each fault, and the check that noticed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports import picture
from reports.figures import Figure
from reports.files import write_text
from reports.rendering import render
from reports.sensitivity import VERDICTS
from reports.wording import MUTANTS

if TYPE_CHECKING:
    import os

_FIRST = ("survived", "broken", "killed", "not applicable")


def write_sensitivity_page(path: str | os.PathLike[str], document: dict[str, Any]) -> None:
    """Write the page of a sensitivity `document`, valid under its schema, to `path`.

    Raises
    ------
    OSError
        As `files.write_text`: the page is written whole or not at all.
    """
    summary = document["summary"]
    mutants = sorted(
        document["mutants"], key=lambda one: (_FIRST.index(one["verdict"]), one["name"])
    )
    write_text(
        path,
        render(
            "sensitivity.html.j2",
            title=f"sensitivity on {document['subject']['tensorflow']} · tf-litmus",
            document=document,
            mutants=mutants,
            VERDICTS=MUTANTS,
            strip=picture.strip(MUTANTS[one["verdict"]].tone for one in mutants),
            figures=[
                Figure(summary[name], name, MUTANTS[name].tone if summary[name] else "plain")
                for name in VERDICTS
            ],
        ),
    )
