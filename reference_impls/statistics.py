"""What weighted_moments, sufficient_statistics and normalize_moments compute, on balls.

Source: ``tensorflow/python/ops/nn_impl.py``, the functions of these names.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from reference_impls import balls
from reference_impls.batch_norm import squeeze
from reference_impls.gradients import root_gradient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reference_impls.balls import Ball

Array = np.ndarray[Any, np.dtype[Any]]


def weighted_moments(
    x: Ball,
    axes: Sequence[int],
    frequency_weights: Ball,
    *,
    keep_dims: bool,
    zero_without_weight: bool,
    mean: Array | None = None,
) -> tuple[Ball, Ball]:
    """Return sum(w x) / sum(w) and sum(w (x - mean)**2) / sum(w) over ``axes``.

    Parameters
    ----------
    x, frequency_weights
        Of shapes that broadcast; the weights have x's dtype. float16 is computed in float32.
    zero_without_weight
        Where weights sum to zero the moments are zero (`div_no_nan`, from 2.13 on). Before, they
        were products with the reciprocal of that sum: infinite or NaN.
    mean
        The mean TensorFlow itself had, kept dimensions and all, to judge the variance alone.
    """
    needs_cast = x.dtype == "float16"
    y = balls.cast(x, "float32") if needs_cast else x
    weights = balls.cast(frequency_weights, y.dtype)
    axes = tuple(axes)
    input_sum = balls.sum(weights * y, axes, keepdims=True)
    shape = np.broadcast_shapes(weights.shape, y.shape)
    sum_of_weights = balls.sum(balls.broadcast_to(weights, shape), axes, keepdims=True)

    def divided(total: Ball) -> Ball:
        if not zero_without_weight:
            return total * balls.reciprocal(sum_of_weights)
        none = (sum_of_weights.centre == 0) & (sum_of_weights.radius == 0)
        # A sum that may be zero and need not be decides between two things: no claim.
        return balls.where(none, np.zeros((), y.format.dtype), total / sum_of_weights)

    weighted_mean = divided(input_sum)
    centre = weighted_mean if mean is None or needs_cast else balls.ball(mean)
    distsq = balls.sum(weights * balls.squared_difference(y, centre), axes, keepdims=True)
    weighted_variance = divided(distsq)
    if not keep_dims:
        weighted_mean = squeeze(weighted_mean, axes)
        weighted_variance = squeeze(weighted_variance, axes)
    return balls.cast(weighted_mean, x.dtype), balls.cast(weighted_variance, x.dtype)


def weighted_moments_gradients(
    x: Ball,
    axes: Sequence[int],
    weights: Ball,
    mean: Ball,
    grad_mean: Ball,
    grad_variance: Ball,
    *,
    by_reciprocal: bool,
) -> dict[str, Ball]:
    """Return the gradients of ``weighted_moments`` to ``x`` and ``weights``, by these names.

    Parameters
    ----------
    x, weights
        Of one rank and dtype; the weights broadcast to x's shape, and sum to something positive.
    mean, grad_mean, grad_variance
        The mean TensorFlow had, and what arrives at the two outputs: axes of size 1 where reduced.
    by_reciprocal
        Whether sums are multiplied by 1 / sum(w) (before 2.13) or divided by sum(w).

    Source: ``tensorflow/python/ops/nn_impl.py: weighted_moments``; ``math_grad.py: _MulGrad,
    _SquaredDifferenceGrad, _ReciprocalGrad, _DivNoNanGrad``.
    """
    axes = tuple(axes)
    each = balls.broadcast_to(weights, x.shape)
    total = balls.sum(each, axes, keepdims=True)
    input_sum = balls.sum(weights * x, axes, keepdims=True)
    distance = x - mean
    squared = balls.squared_difference(x, mean)
    distsq = balls.sum(weights * squared, axes, keepdims=True)
    inverse = balls.reciprocal(total)

    def divided(gradient: Ball) -> Ball:
        return gradient * inverse if by_reciprocal else gradient / total

    def to_total(gradient: Ball, dividend: Ball) -> Ball:
        if by_reciprocal:
            return gradient * dividend
        return gradient * (-dividend / total / total)

    of_distsq = divided(grad_variance)
    of_distance = (2.0 * (of_distsq * weights)) * distance
    of_mean = grad_mean - balls.sum(of_distance, axes, keepdims=True)
    of_input_sum = divided(of_mean)
    of_total = to_total(of_mean, input_sum) + to_total(grad_variance, distsq)
    if by_reciprocal:
        of_total = -of_total * balls.square(inverse)
    reduced = tuple(a for a, size in enumerate(weights.shape) if size != x.shape[a])

    def of_weights(gradient: Ball) -> Ball:
        return balls.sum(balls.broadcast_to(gradient, x.shape), reduced, keepdims=True)

    terms = [of_weights(one) for one in (of_distsq * squared, of_input_sum * x, of_total)]
    return {
        "x": of_distance + of_input_sum * weights,
        "weights": balls.sum(balls.stack(terms), 0),
    }


def sufficient_statistics(
    x: Ball, axes: Sequence[int], shift: Ball | None, *, keep_dims: bool
) -> tuple[Ball, Ball, Ball]:
    """Return the number of elements, sum(x - shift) and sum((x - shift)**2) over ``axes``.

    The count is a number of x's dtype, and exact. Nothing is cast: float16 is summed as float16.
    """
    axes = tuple(axes)
    count = balls.ball(np.asarray(prod(x.shape[a] for a in axes)), x.dtype)
    m_ss = x if shift is None else x - shift
    v_ss = balls.square(x) if shift is None else balls.squared_difference(x, shift)
    return (
        count,
        balls.sum(m_ss, axes, keepdims=keep_dims),
        balls.sum(v_ss, axes, keepdims=keep_dims),
    )


def sufficient_statistics_gradients(
    x: Ball, shift: Ball, grad_mean_ss: Ball, grad_variance_ss: Ball
) -> dict[str, Ball]:
    """Return the gradients of ``sufficient_statistics`` to ``x`` and a ``shift`` of its last axis.

    What arrives at the sums has axes of size 1 where they are reduced.

    Source: ``tensorflow/python/ops/math_grad.py: _SubGrad, _SquaredDifferenceGrad``.
    """
    of_square = (2.0 * grad_variance_ss) * (x - shift)
    of_difference = balls.broadcast_to(grad_mean_ss, x.shape)
    axes = tuple(range(x.ndim - 1))
    return {
        "x": of_difference + of_square,
        "shift": -balls.sum(of_difference, axes) - balls.sum(of_square, axes),
    }


def normalize_moments_gradients(
    counts: Ball, mean_ss: Ball, variance_ss: Ball, grad_mean: Ball, grad_variance: Ball
) -> dict[str, Ball]:
    """Return the gradients of ``normalize_moments``, by the names of its arguments.

    Source: ``tensorflow/python/ops/math_grad.py: _MulGrad, _SquareGrad, _ReciprocalGrad``.
    """
    divisor = balls.reciprocal(counts)
    of_mean = grad_mean + -grad_variance * (2.0 * (mean_ss * divisor))
    terms = balls.stack([of_mean * mean_ss, grad_variance * variance_ss])
    of_divisor = balls.sum(balls.sum(terms, 1), 0)
    return {
        "counts": root_gradient("reciprocal", divisor, of_divisor),
        "mean_ss": of_mean * divisor,
        "variance_ss": grad_variance * divisor,
        "shift": grad_mean,
    }


def normalize_moments(
    counts: Ball, mean_ss: Ball, variance_ss: Ball, shift: Ball | None
) -> tuple[Ball, Ball]:
    """Return mean_ss / counts + shift and variance_ss / counts - (mean_ss / counts)**2."""
    divisor = balls.reciprocal(counts)
    shifted_mean = mean_ss * divisor
    mean = shifted_mean if shift is None else shifted_mean + shift
    return mean, variance_ss * divisor - balls.square(shifted_mean)
