"""What a round of ``tf-litmus soundness`` tells pytest: which APIs to leave out, when to end."""

from __future__ import annotations

import time

import pytest
from hypothesis import is_hypothesis_test

__all__ = ["pytest_addoption", "pytest_collection_modifyitems", "pytest_runtest_setup"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a round."""
    group = parser.getgroup("tf-litmus soundness")
    group.addoption(
        "--without-api",
        action="append",
        default=[],
        metavar="NAME",
        help="leave out the checks of this API",
    )
    group.addoption(
        "--drawn-only",
        action="store_true",
        help="leave out the checks that draw nothing: another seed gives them the same inputs",
    )
    group.addoption(
        "--until",
        type=float,
        default=float("inf"),
        metavar="TIME",
        help="begin no check after this time, in seconds since the epoch",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the checks of some APIs, and those that draw nothing."""
    without = set(config.getoption("without_api"))
    drawn_only = config.getoption("drawn_only")
    left_out = [
        item
        for item in items
        if _api(item) in without or (drawn_only and not is_hypothesis_test(_function(item)))
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin no check when the time is over; one that is skipped has no verdict."""
    if time.time() > item.config.getoption("until"):
        pytest.skip("the time is over")


def _function(item: pytest.Item) -> object:
    return getattr(item, "obj", None)


def _api(item: pytest.Item) -> str | None:
    mark = item.get_closest_marker("api")
    return str(mark.args[0]) if mark else None
