"""What flushing subnormals may make of one operation: the thread decides it, not the formula."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def is_subnormal(x: Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell which elements are subnormal numbers."""
    smallest = ml_dtypes.finfo(x.dtype).smallest_normal
    return np.asarray((np.abs(x) < smallest) & (x != 0))


def flushed(x: Array) -> Array:
    """Return ``x`` with zeros of their sign in place of subnormals."""
    return np.where(is_subnormal(x), np.copysign(np.zeros_like(x), x), x)


def every_underflow(operation: np.ufunc, *operands: Array) -> list[Array]:
    """Return what ``operation`` gives with subnormals kept, results flushed, and operands too.

    Each operation of a graph may run on another thread than the one before it, and so under another
    of these modes.
    """
    with np.errstate(all="ignore"):
        kept = np.asarray(operation(*operands))
        from_flushed = np.asarray(operation(*map(flushed, operands)))
        return [kept, flushed(kept), flushed(from_flushed)]
