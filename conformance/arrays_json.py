"""Arrays as JSON that keeps every bit and that a person can read (report.json: ``array``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from conformance.trace import Array


def array_as_json(array: Array) -> dict[str, Any]:
    """Return ``{dtype, shape, values, hex}``: shortest texts that read back to the same bits."""
    array = np.asarray(array)
    numeric = array.dtype.kind not in "OSU"
    little = array.astype(array.dtype.newbyteorder("<")) if numeric else array
    return {
        "dtype": array.dtype.name if numeric else "string",
        "shape": list(array.shape),
        "values": [element_text(one) for one in array.ravel()],
        "hex": np.ascontiguousarray(little).tobytes().hex() if numeric else None,
    }


def element_text(element: Any) -> str:
    """Return one element as text: ``nan``, ``inf`` and ``-0.0`` included."""
    return element.decode("utf-8", "replace") if isinstance(element, bytes) else str(element)
