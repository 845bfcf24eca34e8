"""What is special about an example: the edges of the number system its arrays touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from conformance.strategies import finfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Observed
    from conformance.trace import Array, Trace

__all__ = ["edges_of", "fed_edges", "given_edges"]


def edges_of(array: Array) -> Iterator[str]:
    """Name the edges an array touches; strings and integers have those of their shape alone."""
    array = np.asarray(array)
    if array.size == 0:
        yield "empty"
        return
    if array.size == 1 and array.ndim:
        yield "one element"
    if array.dtype.kind != "f" and array.dtype.name != "bfloat16":
        return
    info = finfo(array.dtype)
    # Extended precision has room for the square of every element of the dtypes under test.
    wide = array.astype(np.longdouble)
    finite = np.abs(wide[np.isfinite(wide)])
    nonzero = finite[finite > 0]
    largest, smallest = np.max(finite, initial=0), np.min(nonzero, initial=np.inf)
    special = {
        "nan": np.isnan(wide).any(),
        "inf": np.isposinf(wide).any(),
        "-inf": np.isneginf(wide).any(),
        "-0": (np.signbit(wide) & (wide == 0)).any(),
        "zeros": finite.size == array.size and not nonzero.size,
        "constant": array.size > 1 and nonzero.size > 0 and bool((wide == wide.flat[0]).all()),
        "subnormal": smallest < info.smallest_normal,
        "square underflows": nonzero.size > 0 and largest**2 < info.smallest_normal,
        "square overflows": largest**2 > info.max,
        "wide": nonzero.size > 0 and largest * info.eps > smallest,
        "offset": nonzero.size > 1 and smallest > 50 * np.ptp(finite) > 0,
    }
    yield from (name for name, is_so in special.items() if is_so)


def fed_edges(trace: Trace) -> Iterator[tuple[str, str]]:
    """Name the edges of everything a trace feeds, each with the name it is fed as."""
    for _, name, array in trace.arrays():
        for edge in edges_of(array):
            yield name, edge


def given_edges(observed: Observed) -> Iterator[str]:
    """Name the edges of what came out: an error, or values that are not finite or subnormal."""
    if observed.error is not None:
        yield f"refused with {observed.error.type}"
    for values in observed.steps:
        for array in values.values():
            for edge in edges_of(array):
                if edge in ("nan", "inf", "-inf", "subnormal"):
                    yield f"gives {edge}"
