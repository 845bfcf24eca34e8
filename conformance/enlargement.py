"""How much of a kind a check asks for: as much as it says, times the run's ``--enlarge``."""

from __future__ import annotations

import math

__all__ = ["enlarge", "longer", "side"]

_factor = 1


def enlarge(factor: int) -> None:
    """Make arrays about ``factor`` times as large; to be said before checks are imported."""
    global _factor
    _factor = factor


def longer(length: int) -> int:
    """Return the length of an array's only axis, or of the one that grows; or a number of runs."""
    return length * _factor


def side(length: int, rank: int) -> int:
    """Return the length of each of ``rank`` axes that grow together."""
    return round(length * math.pow(_factor, 1 / max(rank, 1)))
