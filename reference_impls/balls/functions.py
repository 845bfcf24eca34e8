"""Elementwise functions and rearrangements of balls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference_impls.balls import accuracy
from reference_impls.balls.arithmetic import (
    Ball,
    Mask,
    anywhere,
    claims,
    everywhere,
    exact_zero,
    operand,
    paired,
    quiet,
    rounded,
    singular,
    vanished,
)
from reference_impls.balls.formats import Format, Wide, format_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike


@quiet
def square(x: Ball) -> Ball:
    """x*x, whose result is never negative."""
    centre = x.centre * x.centre
    spread: Wide = x.radius * (2 * np.abs(x.centre) + x.radius)
    spread = vanished(centre, spread, x)
    return rounded(x.format, centre, spread, lambda: singular(x), np.zeros_like(centre))


@quiet
def squared_difference(x: Ball | ArrayLike, y: Ball | ArrayLike) -> Ball:
    """(x-y)*(x-y), as `tf.math.squared_difference` computes it."""
    x, y = paired(x, y)
    return square(x - y)


@quiet
def absolute(x: Ball) -> Ball:
    """|x|, exact."""
    centre = np.abs(x.centre)
    return Ball(centre, x.radius, x.format, np.zeros_like(centre))


@quiet
def sqrt(x: Ball) -> Ball:
    """Square root, not correctly rounded for float32 (see `accuracy.SQRT`).

    A ball that holds negative numbers and others gives no claim, nor does infinity in float32,
    which releases up to 1.15 take to NaN.
    """
    fmt = x.format
    low = x.lower_bound
    root = np.sqrt(x.centre)
    # |sqrt(v) - sqrt(c)| = |v - c| / (sqrt(v) + sqrt(c)), largest for the smallest v.
    spread = np.maximum(x.centre - low, x.radius) / (root + np.sqrt(np.maximum(low, 0)))
    spread = np.where(exact_zero(x), 0, np.where(low >= 0, spread, np.inf))
    spread = _newton_error(fmt, x, root, spread, accuracy.SQRT[fmt.name])

    def definite() -> Mask:
        negative = claims(x) & (x.centre + x.radius < 0)
        infinite = claims(x) & (x.centre == np.inf) & (fmt.name not in accuracy.NEWTON_SQUARES)
        return np.asarray(negative | infinite | (claims(x) & np.isnan(x.centre)))

    return rounded(fmt, root, spread, definite, np.zeros_like(root))


@quiet
def rsqrt(x: Ball) -> Ball:
    """1/sqrt(x), not correctly rounded (see `accuracy.RSQRT`).

    Subnormal operands are taken to infinity or not, by release and shape: a ball that holds any
    (and with it zero) gives no claim. Exactly +0 gives +inf, which bfloat16 in 1.15 does not keep:
    there, and for +inf and -0, nothing is claimed.
    """
    fmt = x.format
    low, high = x.lower_bound, x.centre + x.radius
    # Rounding of the centre may have left it outside what is known.
    inner = np.maximum(x.centre, np.maximum(low, 0))
    root = np.sqrt(inner)
    centre = 1 / root

    def deviation(end: Wide) -> Wide:
        # |v**-.5 - c**-.5| = |v - c| / (sqrt(v) sqrt(c) (sqrt(v) + sqrt(c)))
        at_end = np.sqrt(np.maximum(end, 0))
        return np.asarray(np.abs(inner - end) / (at_end * root * (at_end + root)))

    spread = deviation(low)
    if x.lower is not None:
        spread = np.maximum(spread, deviation(high))
    positive = low > 0
    if not everywhere(positive):
        spread = np.where(positive, spread, np.inf)
    spread = _newton_error(fmt, x, centre, spread, accuracy.RSQRT[fmt.name])
    negative = high < 0
    nan = negative | np.isnan(x.centre)
    if anywhere(nan):
        centre = np.where(nan, np.nan, centre)
    infinite = x.centre == np.inf
    if anywhere(infinite):
        spread = np.where(infinite, np.inf, spread)

    def definite() -> Mask:
        of_zero = exact_zero(x) & ~np.signbit(x.centre) & (fmt.name != "bfloat16")
        return claims(x) & (nan | of_zero)

    return rounded(fmt, centre, spread, definite, np.zeros_like(centre))


def _newton_error(fmt: Format, x: Ball, centre: Wide, spread: Wide, error: float) -> Wide:
    """Add what sqrt and rsqrt may err before their last rounding, of relative `error` in u."""
    relative = np.asarray(fmt.wide.type(error - 1) * fmt.unit_roundoff)
    if fmt.name in accuracy.NEWTON_SQUARES:
        smallest = fmt.smallest_normal
        unsafe = (x.centre - x.radius < 2 * smallest) | (x.centre + x.radius > 1 / smallest)
        if anywhere(unsafe):
            relative = np.where(unsafe, accuracy.NEWTON_EXCESS, relative)
    return np.asarray(spread + relative * (np.abs(centre) + spread))


@quiet
def pow(x: Ball | ArrayLike, y: Ball | ArrayLike) -> Ball:  # noqa: A001
    """x**y for x > 0, or for zero or negative x when both are exact and finite.

    The error grows with |y log2 x| (see `accuracy.POW`). Infinite and NaN operands and
    huge exponents (see `accuracy.POW_HUGE_EXPONENT`) give no claim.
    """
    x, y = paired(x, y)
    fmt = x.format
    centre = np.power(x.centre, y.centre)
    exact = (x.radius == 0) & (y.radius == 0)
    spread = np.zeros_like(centre)
    low, high = np.maximum(x.centre - x.radius, 0), x.centre + x.radius
    if not everywhere(exact):
        # Monotonic in each operand, so extreme in the corners.
        for base in (low, high):
            for exponent in (y.centre - y.radius, y.centre + y.radius):
                spread = np.maximum(spread, np.abs(np.power(base, exponent) - centre))
        spread = spread + 2 * fmt.wide_epsilon * (np.abs(centre) + spread)
    constant, slope = accuracy.POW[fmt.name]
    logarithm = np.maximum(np.abs(np.log2(np.abs(low))), np.abs(np.log2(np.abs(high))))
    logarithm = np.where(exact & (x.centre <= 0), np.abs(np.log2(np.abs(x.centre))), logarithm)
    growth = np.where(x.centre == 0, 0, logarithm) * (np.abs(y.centre) + y.radius)
    error = (constant - 1 + slope * growth) * fmt.unit_roundoff
    # The wide type's own power may lose as many bits as its argument of exp2 has.
    error = error + fmt.wide_epsilon * growth
    spread = spread + error * (np.abs(centre) + spread)
    huge = accuracy.POW_HUGE_EXPONENT.get(fmt.name, np.inf)
    known = (exact | (x.centre - x.radius > 0)) & (np.abs(y.centre) + y.radius < huge)
    finite = np.isfinite(x.centre) & np.isfinite(y.centre) & (centre < np.inf)
    spread = np.where(known & finite & ~np.isnan(centre), spread, np.inf)
    spread = np.where(exact & known & (x.centre == 0) & finite, 0, spread)
    # No power of another number is zero, though the wide type may have it so.
    lost = (centre == 0) & (x.centre != 0)
    spread = np.where(lost, np.maximum(spread, fmt.smallest_subnormal), spread)

    def definite() -> Mask:
        base_finite = np.isfinite(x.centre) & np.isfinite(y.centre)
        singular_power = np.isnan(centre) | (np.isposinf(centre) & (x.centre > 0))
        return np.asarray(exact & known & base_finite & singular_power)

    return rounded(fmt, centre, spread, definite)


@quiet
def maximum(x: Ball | ArrayLike, y: Ball | ArrayLike) -> Ball:
    """Larger of two, exact. NaN on one side alone gives no claim: releases differ."""
    x, y = paired(x, y)
    fmt = x.format
    centre = np.maximum(x.centre, y.centre)
    apart = np.abs(x.centre - y.centre) > (x.radius + y.radius) * fmt.outwards
    winner = np.where(x.centre >= y.centre, x.radius, y.radius)
    radius = np.where(apart, winner, np.maximum(x.radius, y.radius))
    if anywhere(centre == 0):
        # Of +0 and -0 either may come out: zero, but not the exact zero a division has rules for.
        either = (x.centre == y.centre) & (np.signbit(x.centre) != np.signbit(y.centre))
        radius = np.where(either, np.maximum(radius, fmt.smallest_subnormal), radius)
    one_nan = np.isnan(x.centre) != np.isnan(y.centre)
    if anywhere(one_nan):
        radius = np.where(one_nan, np.inf, radius)
    lower = None
    if x.lower is not None or y.lower is not None:
        lower = np.maximum(x.lower_bound, y.lower_bound)
    return Ball(centre, radius, fmt, lower)


@quiet
def minimum(x: Ball | ArrayLike, y: Ball | ArrayLike) -> Ball:
    """Smaller of two, as `maximum`."""
    x, y = paired(x, y)
    return -maximum(-x, -y)


@quiet
def cast(x: Ball, dtype: object) -> Ball:
    """Convert to another dtype: exact to a format that holds this one, else one rounding."""
    target = format_of(dtype)
    if target is x.format:
        return x
    centre = x.centre.astype(target.wide)
    radius = x.radius.astype(target.wide)
    if target.holds(x.format):
        lower = None if x.lower is None else x.lower.astype(target.wide)
        return Ball(centre, radius, target, lower)
    floor = None
    if x.lower is not None and everywhere(x.lower_bound >= 0):
        floor = np.zeros_like(centre)
    return rounded(target, centre, radius, lambda: singular(x), floor)


def where(condition: Any, x: Ball | ArrayLike, y: Ball | ArrayLike) -> Ball:
    """Choose elements by a boolean array."""
    x, y = paired(x, y)
    return _combined((x, y), lambda arrays: np.where(condition, *arrays))


def reshape(x: Ball, shape: int | Sequence[int]) -> Ball:
    """Reshape, as `numpy.reshape`."""
    return x.rearranged(lambda array: np.reshape(array, shape))


def transpose(x: Ball, axes: Sequence[int] | None = None) -> Ball:
    """Permute axes, as `numpy.transpose`."""
    return x.rearranged(lambda array: np.transpose(array, axes))


def broadcast_to(x: Ball, shape: int | Sequence[int]) -> Ball:
    """Repeat elements, as `numpy.broadcast_to`."""
    return x.rearranged(lambda array: np.broadcast_to(array, shape))


def concatenate(xs: Sequence[Ball], axis: int = 0) -> Ball:
    """Join along an axis, as `numpy.concatenate`."""
    return _combined(xs, lambda arrays: np.concatenate(arrays, axis))


def stack(xs: Sequence[Ball], axis: int = 0) -> Ball:
    """Join along a new axis, as `numpy.stack`."""
    return _combined(xs, lambda arrays: np.stack(arrays, axis))


def _combined(xs: Sequence[Ball], join: Callable[[list[Wide]], Wide]) -> Ball:
    """Apply a function that puts elements of several arrays together and computes nothing."""
    fmt = xs[0].format
    xs = [operand(x, fmt) for x in xs]
    lower = None
    if any(x.lower is not None for x in xs):
        lower = join([x.lower_bound for x in xs])
    return Ball(join([x.centre for x in xs]), join([x.radius for x in xs]), fmt, lower)
