"""Reading the arrays of a report: exact numbers, distances from the ball, text to show.

An array is ``{dtype, shape, values, hex}`` as in ``report-1.schema.json``. Numbers come from
``hex`` when it is there, because ``values`` holds the shortest decimal that reads back *in the
array's own dtype*: read as float64, a float32 of value ``0.1`` would be off by a quarter ulp.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from itertools import product
from typing import Any

_FORMATS = {
    "float16": "e",
    "float32": "f",
    "float64": "d",
    "int8": "b",
    "int16": "h",
    "int32": "i",
    "int64": "q",
    "uint8": "B",
    "uint16": "H",
    "uint32": "I",
    "uint64": "Q",
    "bool": "?",
}
_FLOAT_WIDTHS = {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}


@dataclass(frozen=True)
class Distances:
    """How far each observed element is from what was expected.

    Attributes
    ----------
    unit
        ``"radii"`` when the expectation is a ball, ``"ulp"`` when it is exact bits.
    signed
        Row-major, positive where the observation is too large; ``inf`` where no number of units
        says it (an infinity or NaN on one side only, or a radius of zero).
    limit
        The largest distance that is allowed: 1 radius, or 0 ulp.
    """

    unit: str
    signed: list[float]
    limit: float

    @property
    def outside(self) -> int:
        """Number of elements farther than the limit."""
        return sum(abs(distance) > self.limit for distance in self.signed)


def distances(failure: dict[str, Any]) -> Distances | None:
    """Distances of a failure's observed elements, or None where there is nothing to measure.

    There is none without numeric arrays of one shape on both sides.
    """
    expected, radius, observed = (failure[name] for name in ("expected", "radius", "observed"))
    if not expected or not observed or expected["shape"] != observed["shape"]:
        return None
    exact, seen = numbers(expected), numbers(observed)
    if exact is None or seen is None or len(exact) != len(seen) or not exact:
        return None
    if radius is not None:
        radii = numbers(radius)
        if radii is None or len(radii) != len(exact):
            return None
        signed = [_in_radii(*triple) for triple in zip(exact, radii, seen, strict=True)]
        return Distances("radii", signed, 1.0)
    if expected["dtype"] != observed["dtype"] or observed["dtype"] not in _FLOAT_WIDTHS:
        return None
    wanted, got = _ordinals(expected), _ordinals(observed)
    if wanted is None or got is None or len(wanted) != len(got):
        return None
    signed = [
        math.inf if math.isnan(a) != math.isnan(b) else float(there - here)
        for a, b, here, there in zip(exact, seen, wanted, got, strict=True)
    ]
    return Distances("ulp", signed, 0.0)


def numbers(array: dict[str, Any]) -> list[float] | None:
    """Elements of `array` as Python floats, or None if they are not numbers."""
    raw = _bytes(array)
    try:
        if raw is not None and array["dtype"] == "bfloat16":
            # bfloat16 is the upper half of a float32.
            return [struct.unpack("<f", b"\0\0" + raw[i : i + 2])[0] for i in range(0, len(raw), 2)]
        if raw is not None and array["dtype"] in _FORMATS:
            code = _FORMATS[array["dtype"]]
            return [
                float(x) for x in struct.unpack(f"<{len(raw) // struct.calcsize(code)}{code}", raw)
            ]
        return [float(value) for value in array["values"]]
    except (struct.error, ValueError):
        return None


def indices(shape: list[int]) -> list[tuple[int, ...]]:
    """Every index of an array of `shape`, row-major."""
    return list(product(*(range(size) for size in shape)))


def as_text(array: dict[str, Any], limit: int = 64) -> str:
    """Elements of `array` nested in brackets as NumPy prints them, cut after `limit` elements."""
    values, shape = array["values"], array["shape"]
    if len(values) > limit or math.prod(shape) != len(values):
        hidden = len(values) - limit
        return ", ".join(values[:limit]) + (f", … {hidden} more" if hidden > 0 else "")
    return _nest(values, shape)


def _nest(values: list[str], shape: list[int]) -> str:
    if not shape:
        return values[0]
    if len(shape) == 1:
        return f"[{', '.join(values)}]"
    size = math.prod(shape[1:])
    rows = [_nest(values[i * size : (i + 1) * size], shape[1:]) for i in range(shape[0])]
    return f"[{(',' + chr(10)).join(rows)}]".replace("\n", "\n ")


def _in_radii(centre: float, radius: float, observed: float) -> float:
    if centre == observed or (math.isnan(centre) and math.isnan(observed)):
        return 0.0
    error = observed - centre
    if math.isnan(error):
        return math.inf
    if radius == 0 or math.isinf(error):
        return math.copysign(math.inf, error)
    return error / radius


def _ordinals(array: dict[str, Any]) -> list[int] | None:
    """Place of each float among all floats of its dtype: neighbours differ by one.

    The two zeros are one apart, since to a bit-exact promise they are different answers.
    """
    raw, width = _bytes(array), _FLOAT_WIDTHS[array["dtype"]]
    if raw is None or len(raw) % width:
        return None
    sign = 1 << (8 * width - 1)
    patterns = (int.from_bytes(raw[i : i + width], "little") for i in range(0, len(raw), width))
    return [pattern if pattern < sign else sign - 1 - pattern for pattern in patterns]


def _bytes(array: dict[str, Any]) -> bytes | None:
    return None if array["hex"] is None else bytes.fromhex(array["hex"])
