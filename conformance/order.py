"""The order of the checks: those first that upgrades of TensorFlow have changed most often.

The atlas says which those are. A run that is cut short, or stops at the first failure, has then
tried what is most likely to have broken.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance.bisect import LEVELS
from conformance.data import fixtures_dir

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["changes", "place"]


def place(check: str) -> int:
    """Return what to sort the checks by, by id: the same for all parameters of a test."""
    return -_atlas()[_test(check)]


def changes(matrix: Mapping[str, Any]) -> Counter[str]:
    """Count the steps of a matrix that changed a test's verdict or bits on at least one parameter.

    What a step adds or mends does not count.
    """
    counted: Counter[str] = Counter()
    for step in matrix["steps"]:
        counted.update({_test(one["id"]) for one in step["checks"] if one["class"] in _GRAVE})
    return counted


_GRAVE = LEVELS["drift"] - {"new", "fixed"}


@functools.cache
def _atlas() -> Counter[str]:
    # Our own file, whose validation would cost more than reading it, in every process of a run.
    path = fixtures_dir() / "atlas" / "matrix.json"
    return changes(json.loads(path.read_text("utf-8"))) if path.exists() else Counter()


def _test(check: str) -> str:
    return check.partition("[")[0]
