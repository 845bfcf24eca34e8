"""What flushing subnormals may make of one operation: the thread decides it, not the formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

Array = np.ndarray[Any, np.dtype[Any]]


BFLOAT16 = np.dtype(ml_dtypes.bfloat16)


def may_be_flushed(x: Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell which elements are subnormal, or were before they were rounded to bfloat16."""
    smallest = ml_dtypes.finfo(x.dtype).smallest_normal
    return np.asarray((np.abs(x) <= smallest) & (x != 0))


def flushed(x: Array) -> Array:
    """Return ``x`` with zeros of their sign in place of subnormals."""
    smallest = ml_dtypes.finfo(x.dtype).smallest_normal
    return np.where(np.abs(x) < smallest, np.copysign(np.zeros_like(x), x), x)


def distinct(arrays: Iterable[Array]) -> list[Array]:
    """Return each array once, by its bits."""
    return list({one.tobytes(): one for one in arrays}.values())


def every_underflow(operation: np.ufunc, *operands: Array) -> list[Array]:
    """Return what ``operation`` gives with subnormals kept, results flushed, and operands too.

    Each operation of a graph may run on another thread than the one before it, and so under another
    of these modes. bfloat16 has float32's exponents and is computed in float32, which flushes
    before the result is rounded: also what would have been the smallest normal number.
    """
    dtype = operands[0].dtype
    wide = np.dtype(np.float32) if dtype == BFLOAT16 else dtype
    with np.errstate(all="ignore"):
        kept = np.asarray(operation(*operands))
        read = [np.asarray(one).astype(wide) for one in operands]
        zeros = [
            flushed(np.asarray(operation(*one))).astype(dtype)
            for one in (read, [*map(flushed, read)])
        ]
        return [kept, *zeros]
