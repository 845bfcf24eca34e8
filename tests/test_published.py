"""Every row of the published behaviour has a check, and every check's row is in the table."""

from __future__ import annotations

import importlib
import inspect
import re
from collections import defaultdict
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from conftest import ROOT

from conformance.published import agrees, numbers, rows

ROWS = range(1, 40)


def marked_rows(check: Callable[..., None]) -> Iterator[int]:
    """Yield the rows of a check's own marks, and of its parameters' marks."""
    for mark in getattr(check, "pytestmark", ()):
        if mark.name == "published":
            yield from mark.args
        elif mark.name == "parametrize":
            for parameter in mark.args[1]:
                for inner in getattr(parameter, "marks", ()):
                    if inner.name == "published":
                        yield from inner.args


def checks() -> Iterator[tuple[str, Callable[..., None]]]:
    """Yield every check and its name in reports."""
    for path in sorted((ROOT / "conformance" / "checks").glob("test_*.py")):
        module = importlib.import_module(f"conformance.checks.{path.stem}")
        for name, check in vars(module).items():
            if name.startswith("test_"):
                yield f"{path.name}::{name}", check


def covering() -> dict[int, set[str]]:
    """The checks of each row."""
    found = defaultdict(set)
    for name, check in checks():
        for row in marked_rows(check):
            found[row].add(name)
    return found


def test_the_table_has_every_row_once_and_in_order():
    assert list(rows()) == list(ROWS)
    assert all(row["says"] for row in rows().values())


def test_every_row_has_a_check_and_no_check_another_row():
    assert sorted(covering()) == list(ROWS)


def test_the_check_that_reads_a_row_is_the_row_s():
    """A check that is written between a mark and its own takes the mark away."""
    read = {
        (name, int(row))
        for name, check in checks()
        for row in re.findall(r"\bshown\((\d+)\)", inspect.getsource(check))
    }
    marked = {(name, row) for row, names in covering().items() for name in names}
    assert len(read) > 10
    assert read <= marked


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        (4.6094503, "4.60945", True),
        (4.60946, "4.60945", False),
        (1.55, "1.561", False),
        (3.0, "3", True),
        (3.4, "3", True),
        (3.6, "3", False),
    ],
)
def test_agreement_is_half_of_the_last_digit(value, text, expected):
    assert agrees(np.float32(value), text) is expected


def test_agreement_needs_the_same_shape():
    assert agrees(numbers([["1", "2"]]), [["1", "2"]])
    assert not agrees(numbers(["1", "2"]), [["1", "2"]])
