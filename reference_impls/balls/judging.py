"""Comparing what TensorFlow gave with a ball."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference_impls.balls.arithmetic import Ball, Mask, anywhere, claims, everywhere, quiet
from reference_impls.balls.formats import Wide, format_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def claimed(x: Ball) -> Mask:
    """Where the ball claims anything."""
    return claims(x)


def contains(x: Ball, observed: ArrayLike) -> Mask:
    """Where an observed value is one the ball allows; everywhere it claims nothing.

    Raises as `measured` does.
    """
    return measured(x, observed)[0]


def bound_fraction(x: Ball, observed: ArrayLike) -> NDArray[np.float64]:
    """Distance from the centre in radii: at most 1 inside, 0 where equal, NaN without a claim.

    Infinite outside a ball of radius zero, where a definite NaN or infinity did not come, and where
    one came that should not have. Raises as `measured` does.
    """
    return measured(x, observed)[1]


@quiet
def measured(x: Ball, observed: ArrayLike) -> tuple[Mask, NDArray[np.float64]]:
    """Return what `contains` and what `bound_fraction` say of an observed value.

    Raises
    ------
    TypeError
        If `observed` has another dtype than the ball.
    ValueError
        If it has another shape.
    """
    values = _observed(x, observed)
    distance = np.abs(values - x.centre)
    inside = distance <= x.radius
    fraction = distance / x.radius
    claim = claims(x)
    if not everywhere(inside & claim & (fraction >= 0)):
        same = _equal(x.centre, values)
        inside = inside | same | ~claim
        fraction = np.where(np.isnan(fraction), np.inf, fraction)
        fraction = np.where(same, 0, fraction)
        fraction = np.where(claim, fraction, np.nan)
    return inside, np.asarray(fraction, np.float64)


@quiet
def ulp_distance(observed: ArrayLike, centre: ArrayLike, dtype: object) -> NDArray[np.float64]:
    """Distance in units in the last place that `dtype` has at `centre`.

    0 where both are the same infinity or NaN, infinite where one alone is.
    """
    fmt = format_of(dtype)
    values = np.asarray(observed).astype(fmt.wide)
    expected = np.asarray(centre, fmt.wide)
    _, exponent = np.frexp(expected)  # of a significand below 1: one more than IEEE 754's
    zero = expected == 0
    if anywhere(zero):
        exponent = np.where(zero, fmt.min_exponent + 1, exponent)
    exponent = np.minimum(np.maximum(exponent, fmt.min_exponent + 1), fmt.max_exponent + 1)
    unit = np.ldexp(fmt.wide.type(1), exponent - fmt.precision)
    distance = np.abs(values - expected) / unit
    if not everywhere(np.isfinite(distance)):
        distance = np.where(_equal(expected, values), 0, distance)
        distance = np.where(np.isnan(distance), np.inf, distance)
    return np.asarray(distance, np.float64)


def _observed(x: Ball, observed: ArrayLike) -> Wide:
    values = np.asarray(observed)
    if format_of(values.dtype) is not x.format and values.dtype != x.format.dtype:
        raise TypeError(f"observed {values.dtype.name}, expected {x.dtype}")
    if values.shape != x.shape:
        raise ValueError(f"observed shape {values.shape}, expected {x.shape}")
    return values.astype(x.format.wide)


def _equal(expected: Any, values: Any) -> Mask:
    return (expected == values) | (np.isnan(expected) & np.isnan(values))  # type: ignore[no-any-return]
