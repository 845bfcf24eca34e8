"""The examples of a check: their seeds, and in how many turns hypothesis is asked for them.

For as long as it is asked, hypothesis remembers all it has drawn. So many examples are drawn in
turns, each from a seed of its own, and memory stays what it is after the first.
"""

from __future__ import annotations

import hashlib
import math

import hypothesis
import pytest
from hypothesis.internal.conjecture import providers

from conformance.verdicts import check_id

__all__ = ["MOST_AT_ONCE", "ExampleTurns", "draw_from_seeds_alone"]

MOST_AT_ONCE = 500


def draw_from_seeds_alone() -> None:
    """Keep hypothesis from drawing constants that it finds in the source of this project.

    Unless it is installed as a package, that is: a checkout would draw other inputs than a wheel,
    and others again after every change. Hypothesis has no setting for it.
    """
    providers.is_local_module_file = lambda _: False  # type: ignore[attr-defined, assignment]


class ExampleTurns:
    """A pytest plugin that has every check drawn in turns.

    Parameters
    ----------
    examples
        Drawn examples per check.
    most
        Those of a turn, at most.
    """

    def __init__(self, examples: int, most: int = MOST_AT_ONCE) -> None:
        self.count = math.ceil(examples / most)
        self.examples = math.ceil(examples / self.count)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        """Take all turns but the last, which is left to pytest."""
        if not (item.get_closest_marker("api") and hypothesis.is_hypothesis_test(item.obj)):  # type: ignore[attr-defined]
            return
        *others, last = range(self.count)
        for turn in others:
            _seed(item, turn)
            item.runtest()
        _seed(item, last)


def _seed(item: pytest.Item, turn: int) -> None:
    """Seed a check's inputs by its name and the turn, so that no two draw alike."""
    name = f"{item.config.getoption('hypothesis_seed')} {check_id(item)}"
    if turn:
        name += f" {turn}"
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    hypothesis.seed(int.from_bytes(digest, "big"))(item.obj)  # type: ignore[attr-defined]
