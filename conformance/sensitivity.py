"""Mutants: faults put into TensorFlow one at a time, and whether the checks notice.

A mutant is a set-up file (``--setup``) that changes one thing in the worker's TensorFlow. Its
docstring says what; ``API`` names what it breaks and ``SELECT`` the checks (``-k``) that are asked.
A mutant is *killed* when a check that passes without it does not pass with it, *survives* when all
of them still pass, and is *not applicable* where the TensorFlow has nothing it could be put into.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance import keywords
from conformance.errors import UsageError
from conformance.matrix import Cell, Result
from conformance.pytest_process import AS_EXPECTED, DEVIATION
from reports import documents
from reports.outcomes import BAD

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Mutant", "cell", "mutants", "verdict"]


@dataclass(frozen=True)
class Mutant:
    """One fault.

    Attributes
    ----------
    name
        Its file's path below the folder of mutants, without ``.py``.
    what
        The first line of its docstring.
    api
        TensorFlow's public name for what it breaks.
    select
        pytest's ``-k`` expression for the checks that must notice.
    """

    name: str
    what: str
    api: str
    select: str
    path: Path


def mutants(folder: Path, expression: str | None = None) -> list[Mutant]:
    """Return the mutants under a folder that a ``-k`` expression picks by name or API.

    Raises
    ------
    UsageError
        There are none, a file does not say what a mutant must, or the expression cannot be parsed.
    """
    found = [_read(path, folder) for path in sorted(folder.rglob("*.py"))]
    chosen = keywords.select(expression, found, lambda one: (one.name, one.api))
    if not chosen:
        what = f"of {expression!r} " if expression else ""
        raise UsageError(f"no mutant {what}under {folder}; give the folder with --mutants")
    return chosen


def cell(mutant: Mutant, subject: str, profile: str) -> Cell:
    """Return the run that asks the checks about a mutant; the first that notices ends it."""
    # What a fault does to an example is not to be made simple: that it does is what is asked.
    arguments = (
        *("-k", mutant.select, "--setup", str(mutant.path)),
        *("-x", "--no-shrink", "--no-corpus"),
    )
    return Cell(subject, profile, mutant.name.replace("/", "."), arguments)


def verdict(mutant: Mutant, result: Result, baseline: Mapping[str, str]) -> dict[str, Any]:
    """Return a row of the sensitivity report.

    Parameters
    ----------
    baseline
        The outcome of each check, by id, on the TensorFlow without a fault.
    """
    row: dict[str, Any] = {
        "name": mutant.name,
        "what": mutant.what,
        "api": mutant.api,
        "select": mutant.select,
        "verdict": "broken",
        "by": None,
        "kind": None,
        "message": None,
        "examples": None,
        "reason": result.reason,
    }
    _, not_applicable, what = result.reason.partition("NotApplicable: ")
    if not_applicable:
        # What follows is advice to who wrote a set-up file that fails, as this one should.
        return {**row, "verdict": "not applicable", "reason": what.rpartition("; ")[0] or what}
    if result.status not in (AS_EXPECTED, DEVIATION) or result.report is None:
        return row
    checks = documents.load(result.report)["checks"]
    ran = [one for one in checks if baseline.get(one["id"]) in ("passed", "expected")]
    noticed = [one for one in ran if one["outcome"] in (*BAD, "missing")]
    if noticed:
        failure = noticed[0]["failure"] or {"kind": "missing", "message": noticed[0]["reason"]}
        return {
            **row,
            "verdict": "killed",
            "by": noticed[0]["id"],
            "kind": failure["kind"],
            "message": failure["message"].partition("\n")[0],
            "examples": noticed[0]["examples"],
        }
    if not ran:
        return {**row, "verdict": "not applicable", "reason": "no check of it runs here"}
    return {**row, "verdict": "survived", "examples": sum(one["examples"] for one in ran)}


def _read(path: Path, folder: Path) -> Mutant:
    try:
        tree = ast.parse(path.read_text("utf-8"), str(path))
    except (SyntaxError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not Python ({error})") from error
    named = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in ("API", "SELECT")
        and isinstance(node.value, ast.Constant)
    }
    what, api, checks = ast.get_docstring(tree), named.get("API"), named.get("SELECT")
    if not (what and isinstance(api, str) and isinstance(checks, str) and api and checks):
        raise UsageError(f'{path}: a mutant has a docstring, API = "..." and SELECT = "..."')
    try:
        keywords.parsed(checks)
    except SyntaxError as error:
        raise UsageError(f"{path}: SELECT = {checks!r}: {error}; it is a -k of pytest") from error
    name = path.relative_to(folder).with_suffix("").as_posix()
    return Mutant(name, what.splitlines()[0], api, checks, path.absolute())
