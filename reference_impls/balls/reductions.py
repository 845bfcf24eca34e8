"""Sums of balls: n terms added in any order."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from reference_impls.balls.arithmetic import (
    Ball,
    Mask,
    anywhere,
    claims,
    everywhere,
    paired,
    quiet,
    rounded,
    singular,
)
from reference_impls.balls.formats import FORMATS

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from reference_impls.balls.formats import Format, Wide

Axis = int | Sequence[int] | None


@quiet
def sum(x: Ball, axis: Axis = None, keepdims: bool = False) -> Ball:  # noqa: A001
    """Sum over axes, the terms added in any order or tree.

    n - 1 roundings to nearest move the sum by at most (n-1) u times the sum of magnitudes, for
    every n and order (C.-P. Jeannerod and S. M. Rump, "Improved error bounds for inner products in
    floating-point arithmetic", SIAM J. Matrix Anal. Appl. 34, 2013). A flushed partial sum is an
    exact one with a further term below the smallest normal number.
    """
    fmt = x.format
    axes = _normalised(axis, x.ndim)
    count = prod(x.shape[a] for a in axes)

    def total(terms: Wide) -> Wide:
        return np.add.reduce(terms, axis=axes, keepdims=keepdims)  # type: ignore[call-overload,no-any-return]

    magnitude = np.abs(x.centre)
    centre, spread = total(x.centre), total(x.radius)
    reach = total(magnitude) + spread
    if count > 1:
        additions = count - 1
        # Partial sums are multiples of the last place of the smallest term, and so normal or zero
        # if that term is large enough.
        small = magnitude - x.radius < fmt.underflow_possible / fmt.unit_roundoff
        if anywhere(small):
            exposed = np.any(small, axis=axes, keepdims=keepdims) & (reach > 0)
            flushed = np.where(exposed, additions * fmt.smallest_normal, 0)
            reach, spread = reach + flushed, spread + flushed
        relative = np.asarray(additions * fmt.unit_roundoff + count * fmt.wide_epsilon)
        radius = (spread + relative * reach) * np.asarray(fmt.outwards + count * fmt.wide_epsilon)
    else:
        radius = spread
    if anywhere(reach == 0):
        # Negative zeros alone sum to -0, or to +0 with a kernel that starts from +0.
        negative = np.all(np.signbit(x.centre), axis=axes, keepdims=keepdims) & (reach == 0)
        radius = np.where(negative, fmt.smallest_subnormal, radius)
    floor = None
    if x.lower is not None and everywhere(x.lower_bound >= 0):
        floor = np.zeros_like(centre)
    if count > 1 and not everywhere(reach + radius < fmt.overflow_possible):
        return _overflowing_sum(x, axes, keepdims, centre, radius, floor)
    return Ball(centre, radius, fmt, floor)


def _overflowing_sum(
    x: Ball, axes: tuple[int, ...], keepdims: bool, centre: Wide, radius: Wide, floor: Wide | None
) -> Ball:
    """Judge sums where some order may overflow on the way, or with infinite or NaN terms."""
    fmt = x.format

    def some(mask: Mask) -> Mask:
        return np.any(mask, axis=axes, keepdims=keepdims)  # type: ignore[no-any-return]

    finite = np.isfinite(x.centre) & claims(x)
    above = np.where(finite, np.maximum(x.centre + x.radius, 0), 0)
    below = np.where(finite, np.maximum(x.radius - x.centre, 0), 0)
    error = np.where(np.isnan(radius), 0, radius)
    # The largest and smallest partial sum of any order: its positive, or its negative terms alone.
    highest = np.sum(above, axis=axes, keepdims=keepdims)
    lowest = np.sum(below, axis=axes, keepdims=keepdims)
    rounding = 2 * x.size * fmt.unit_roundoff * (highest + lowest)
    can_rise = highest + rounding >= fmt.overflow_possible
    can_fall = lowest + rounding >= fmt.overflow_possible

    unclaimed = some(~claims(x))
    nan = some(singular(x) & np.isnan(x.centre))
    plus, minus = (
        some(singular(x) & (x.centre == np.inf)),
        some(singular(x) & (x.centre == -np.inf)),
    )
    is_nan = nan | (plus & minus)
    all_finite = ~(is_nan | plus | minus)
    overflows = all_finite & (np.abs(centre) - error >= fmt.overflow_certain)
    to_plus = ~is_nan & (plus | (overflows & (centre > 0))) & ~can_fall
    to_minus = ~is_nan & (minus | (overflows & (centre < 0))) & ~can_rise
    to_plus, to_minus = to_plus & ~minus, to_minus & ~plus
    stays_finite = all_finite & ~can_rise & ~can_fall
    decided = ~unclaimed & (is_nan | to_plus | to_minus)
    value = np.where(to_plus, np.inf, np.where(to_minus, -np.inf, np.where(is_nan, np.nan, centre)))
    unresolved = np.where(stays_finite & ~unclaimed, radius, np.inf)
    return Ball(value, np.where(decided, 0, unresolved), fmt, floor)


@quiet
def mean(x: Ball, axis: Axis = None, keepdims: bool = False) -> Ball:
    """Mean over axes: the sum divided by the count, or multiplied by its rounded reciprocal.

    TensorFlow's Mean kernel divides (`functor::MeanReducer` in core/kernels/reduction_ops.h),
    FusedBatchNorm multiplies by `rest_size_inv` (core/kernels/fused_batch_norm_op.cc). float16 and
    bfloat16 are summed in float32 by some kernels: a sum that overflows gives no claim there. An
    empty mean gives none either.
    """
    fmt = x.format
    axes = _normalised(axis, x.ndim)
    count = prod(x.shape[a] for a in axes)
    sums = sum(x, axis, keepdims)
    centre = sums.centre / count if count else np.full_like(sums.centre, np.nan)
    spread = sums.radius / count if count else np.full_like(sums.centre, np.inf)
    if count * fmt.smallest_normal < 1:
        spread = spread + _divisor_error(fmt, count) * (np.abs(centre) + spread)
    else:
        spread = spread + np.inf  # the reciprocal is subnormal, and may be flushed
    open_sum: Any = np.False_
    if fmt.precision < FORMATS["float32"].precision and anywhere(singular(sums)):
        finite_terms = np.isfinite(x.centre).all(axis=axes, keepdims=keepdims)
        open_sum = singular(sums) & finite_terms
        spread = np.where(open_sum, np.inf, spread)
    floor = np.zeros_like(centre) if sums.lower is not None else None
    return rounded(fmt, centre, spread, lambda: singular(sums) & ~open_sum, floor)


def _divisor_error(fmt: Format, count: int) -> Any:
    """Relative error, before the last rounding, of dividing by a count."""
    if count & (count - 1) == 0:
        return 0
    inexact = count.bit_length() > fmt.precision
    return (2 if inexact else 1) * fmt.unit_roundoff * (1 + 2 * fmt.unit_roundoff)


@quiet
def matmul(x: Ball | ArrayLike, y: Ball | ArrayLike) -> Ball:
    """Matrix product of arrays of at least two axes, as `numpy.matmul`.

    Products of n terms are added in any order, each product rounded or contracted (FMA). A row or
    column that holds anything not finite, or that may overflow in some order, gives no claim.
    """
    x, y = paired(x, y)
    fmt = x.format
    count = x.shape[-1]
    centre = x.centre @ y.centre
    larger_x, larger_y = np.abs(x.centre) + x.radius, np.abs(y.centre) + y.radius
    spread = np.abs(x.centre) @ y.radius + x.radius @ larger_y
    reach = larger_x @ larger_y
    nonzero = (larger_x > 0).astype(fmt.wide) @ (larger_y > 0).astype(fmt.wide) > 0
    flushed = np.where(nonzero, 2 * count * fmt.smallest_normal, 0)
    relative = count * (fmt.unit_roundoff * (1 + fmt.unit_roundoff) + fmt.wide_epsilon)
    radius = spread + flushed + relative * (reach + flushed)
    radius = radius * (fmt.outwards + count * fmt.wide_epsilon)
    if not everywhere(nonzero):
        signs = np.copysign(1, x.centre) @ np.copysign(1, y.centre)
        negative = ~nonzero & (signs == -count)  # as in `sum`
        radius = np.where(negative, fmt.smallest_subnormal, radius)
    bounded = reach + radius < fmt.overflow_possible
    return Ball(centre, np.where(bounded, radius, np.inf), fmt)


def _normalised(axis: Axis, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    axes = (axis,) if isinstance(axis, int | np.integer) else tuple(axis)
    return tuple(a % ndim for a in axes) if ndim else ()
