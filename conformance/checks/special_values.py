"""One NaN or infinity among other numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st

if TYPE_CHECKING:
    from conformance.trace import Array


def with_one_special(data: st.DataObject, array: Array) -> Array:
    """A copy with a NaN or an infinity in the place of one element."""
    at = data.draw(st.integers(0, array.size - 1), label="place")
    changed = array.copy()
    changed.flat[at] = data.draw(st.sampled_from((np.nan, np.inf, -np.inf)), label="value")
    return changed
