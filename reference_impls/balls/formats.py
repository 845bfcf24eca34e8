"""The floating-point formats a subject computes in, as a ball needs to know them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

Wide = NDArray[np.floating[Any]]
"""An array in a format's `wide` type: float64, or long double for float64 subjects."""


def _number(method: Callable[[Any], Any]) -> Any:
    """A property worked out once, as an array without axes: faster in operators than a scalar."""

    def array(self: Any) -> Any:
        number = np.asarray(method(self))
        number.setflags(write=False)
        return number

    return cached_property(functools.wraps(method)(array))


# Equal to itself alone: there is one for each dtype, and looking it up must cost little.
@dataclass(frozen=True, eq=False)
class Format:
    """A binary floating-point format and the wider one its balls are evaluated in.

    Parameters
    ----------
    name : str
        TensorFlow's and NumPy's name of the dtype.
    dtype : numpy.dtype
        The dtype of arrays in this format.
    precision : int
        Bits of the significand, the implicit one counted: p in u = 2**-p.
    min_exponent, max_exponent : int
        Exponents of the smallest and of the largest normal number.
    wide : numpy.dtype
        The type centres and radii are held in. It may have no more precision than the format itself
        (long double is float64 on some platforms): balls then stay sound and are twice as wide.
    """

    name: str
    dtype: np.dtype[Any]
    precision: int
    min_exponent: int
    max_exponent: int
    wide: np.dtype[Any]

    @_number
    def unit_roundoff(self) -> Any:
        """Bound u = 2**-p of the relative error of one rounding to nearest."""
        return self._power(-self.precision)

    @_number
    def smallest_normal(self) -> Any:
        """Below this a subject may flush results, and read operands, as zero."""
        return self._power(self.min_exponent)

    @_number
    def smallest_subnormal(self) -> Any:
        """The smallest positive number of the format."""
        return self._power(self.min_exponent - self.precision + 1)

    @_number
    def largest(self) -> Any:
        """The largest finite number of the format."""
        significand = self.wide.type(2) - self._power(1 - self.precision)
        return significand * self._power(self.max_exponent)

    @_number
    def wide_epsilon(self) -> Any:
        """Bound of the relative error of one operation on centres, elementary functions included.

        Eight units in the last place of `wide`: NumPy's vectorised float64 functions are accurate
        to 4 ulp, the C library's long double functions to 2.
        """
        return 8 * np.finfo(self.wide).eps

    @_number
    def operation_error(self) -> Any:
        """Bound of the relative error of an operation of the subject and of one on centres."""
        return self.unit_roundoff + self.wide_epsilon

    @_number
    def outwards(self) -> Any:
        """Factor that makes a radius, computed to nearest in at most 60 operations, an upper bound.

        Only sums, products and quotients of non-negative numbers enter a radius, so the relative
        errors add up.
        """
        return 1 + 32 * np.finfo(self.wide).eps

    @_number
    def overflow_possible(self) -> Any:
        """From this magnitude on a result may round to infinity (and below it never does)."""
        threshold = self._overflow_threshold
        bound = threshold if np.isfinite(threshold) else self.largest
        return bound * (1 - 4 * np.finfo(self.wide).eps)

    @_number
    def overflow_certain(self) -> Any:
        """From this magnitude on a result always rounds to infinity."""
        return self._overflow_threshold * (1 + 4 * np.finfo(self.wide).eps)

    @_number
    def underflow_possible(self) -> Any:
        """Below this magnitude a correctly rounded result may be flushed to zero.

        The smallest normal number, unless `wide` has the same exponent range: then radii themselves
        are inaccurate a little above it.
        """
        if self.wide_range:
            return self.smallest_normal
        return self.smallest_normal * self._power(2 * self.precision)

    @cached_property
    def wide_range(self) -> bool:
        """Whether no product of two numbers of the format underflows in the wide type."""
        return bool(np.finfo(self.wide).minexp < 2 * self.min_exponent)

    @cached_property
    def _overflow_threshold(self) -> Any:
        """IEEE 754, 4.3.1: the largest number plus half a unit in its last place.

        Infinity where `wide` cannot hold it.
        """
        with np.errstate(over="ignore"):
            return self.largest + self._power(self.max_exponent - self.precision)

    def _power(self, exponent: int) -> Any:
        return np.ldexp(self.wide.type(1), exponent)

    def holds(self, other: Format) -> bool:
        """Whether every number of `other` is a number of this format."""
        return (
            self.precision >= other.precision
            and self.max_exponent >= other.max_exponent
            and self.min_exponent - self.precision <= other.min_exponent - other.precision
        )


_DOUBLE = np.dtype(np.float64)
_EXTENDED = np.dtype(np.longdouble)

FORMATS = {
    "float16": Format("float16", np.dtype(np.float16), 11, -14, 15, _DOUBLE),
    "bfloat16": Format("bfloat16", np.dtype(ml_dtypes.bfloat16), 8, -126, 127, _DOUBLE),
    "float32": Format("float32", np.dtype(np.float32), 24, -126, 127, _DOUBLE),
    "float64": Format("float64", np.dtype(np.float64), 53, -1022, 1023, _EXTENDED),
}

_BY_DTYPE = {fmt.dtype: fmt for fmt in FORMATS.values()}


def format_of(dtype: object) -> Format:
    """Format of a dtype or of a dtype's name.

    Raises
    ------
    TypeError
        If `dtype` is not one of float16, bfloat16, float32 and float64.
    """
    if isinstance(dtype, str) and dtype in FORMATS:
        return FORMATS[dtype]
    try:
        return _BY_DTYPE[np.dtype(dtype)]  # type: ignore[call-overload]
    except (KeyError, TypeError):
        raise TypeError(f"balls are for {', '.join(FORMATS)}; {dtype!r} is none of them") from None
