"""Gradients of small graphs, written by hand, on balls.

The graph of `of_products` is y0 = x * a, y1 = x * b, y2 = x * c, elementwise: three paths to ``x``,
whose gradients TensorFlow adds up in an order that its aggregation method decides.

Source: ``tensorflow/python/ops/gradients_util.py: _GradientsHelper, _AggregatedGrads``
(``gradients_impl.py`` in 1.12); ``tensorflow/python/ops/math_grad.py: _AddGrad, _SubGrad, _MulGrad,
_RealDivGrad, _SquaredDifferenceGrad, _SumGrad, _MeanGrad, _CastGrad``;
``tensorflow/core/kernels/cwise_ops_gradients.h`` for the others of one operand.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from reference_impls import balls

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reference_impls.balls import Ball

FACTORS = ("a", "b", "c")
OPERATIONS = (
    "add",
    "subtract",
    "multiply",
    "divide",
    "squared_difference",
    "maximum",
    "minimum",
)
FUNCTIONS = ("negative", "square", "sqrt", "rsqrt", "reciprocal")
REDUCTIONS = ("reduce_sum", "reduce_mean")
EXTREMES = ("reduce_max", "reduce_min")


def of_products(
    values: Mapping[str, Ball], grad_ys: Sequence[Ball], stopped: Sequence[str] = ()
) -> dict[str, Ball]:
    """Return the gradients of the sum of the ys to x, a, b and c.

    Parameters
    ----------
    values
        x, a, b and c.
    grad_ys
        The gradient that arrives at each y; ones where none is given.
    stopped
        Factors whose product is behind ``stop_gradients``: nothing flows on from there.
    """
    open_paths = [n for n, name in enumerate(FACTORS) if name not in stopped]
    gradients = {FACTORS[n]: grad_ys[n] * values["x"] for n in open_paths}
    if open_paths:
        terms = [grad_ys[n] * values[FACTORS[n]] for n in open_paths]
        gradients["x"] = balls.sum(balls.stack(terms), 0)
    return gradients


def of_broadcast(operation: str, a: Ball, b: Ball, grad_y: Ball) -> tuple[Ball, Ball]:
    """Return the gradients of ``operation(a, b)``, one of `OPERATIONS`, to ``a`` and ``b``.

    Each has its operand's shape: where that was broadcast to the shape of ``grad_y``, what arrives
    at its copies is added up.
    """
    if operation == "add":
        to_a, to_b = grad_y, grad_y
    elif operation == "subtract":
        to_a, to_b = grad_y, -grad_y
    elif operation == "multiply":
        to_a, to_b = grad_y * b, grad_y * a
    elif operation == "divide":
        to_a, to_b = grad_y / b, grad_y * (-a / b / b)
    elif operation == "squared_difference":
        to_a = (2.0 * grad_y) * (a - b)
        to_b = -to_a
    else:  # all to one of them, and to the first where they are equal
        compare = np.greater_equal if operation == "maximum" else np.less_equal
        is_a = compare(a.centre, b.centre)
        to_a, to_b = balls.where(is_a, grad_y, 0.0), balls.where(is_a, 0.0, grad_y)
    return _summed_to(to_a, a.shape), _summed_to(to_b, b.shape)


def of_function(function: str, x: Ball, y: Ball, grad_y: Ball, *, zero_stays_zero: bool) -> Ball:
    """Return the gradient of ``y = function(x)``, one of `FUNCTIONS`, to ``x``.

    ``zero_stays_zero`` is how releases from 1.14 on treat a ``grad_y`` of 0 where ``y`` is infinite
    or 0: nothing arrives, so that nothing goes on.
    """
    if function == "negative":
        return -grad_y
    if function == "square":
        return grad_y * (2.0 * x)
    gradient = root_gradient(function, y, grad_y)
    return balls.where(grad_y.centre == 0, 0.0, gradient) if zero_stays_zero else gradient


def root_gradient(function: str, y: Ball, grad_y: Ball) -> Ball:
    """Return the gradient of ``y``, the sqrt, rsqrt or reciprocal of x, to x, from ``y`` alone."""
    if function == "sqrt":
        return 0.5 * grad_y / y
    if function == "rsqrt":
        return (-0.5 * (grad_y * y)) * balls.square(y)
    return -balls.square(y) * grad_y


def second_of_function(
    function: str, x: Ball, y: Ball, grad_y: Ball, gradient: Ball, grad: Ball
) -> dict[str, Ball]:
    """Return the gradients of ``gradient`` (`of_function`) to ``x`` and ``grad_y``.

    ``grad`` is what arrives at it. ``x`` must not be 0.

    Source: ``tensorflow/python/ops/math_grad.py: _SquareGrad, _SqrtGradGrad, _RsqrtGradGrad,
    _ReciprocalGradGrad``.
    """
    if function == "square":
        return {"x": (grad * grad_y) * 2.0, "grad_y": grad * (2.0 * x)}
    if function == "sqrt":
        to_y = -(grad / y) * gradient
        return {"x": root_gradient(function, y, to_y), "grad_y": 0.5 * (grad / y)}
    if function == "rsqrt":
        to_y = -1.5 * grad * grad_y * balls.square(y)
    else:
        to_y = grad * -2.0 * grad_y * y
    return {"x": root_gradient(function, y, to_y), "grad_y": root_gradient(function, y, grad)}


def of_reduction(
    reduction: str, shape: Sequence[int], axes: Sequence[int] | None, grad_y: Ball
) -> Ball:
    """Return the gradient of a reduction, one of `REDUCTIONS`, of a tensor of this shape.

    ``grad_y`` has the reduced axes or lacks them; each element reduced gets what arrives, or as
    large a part of it as it had in the mean.
    """
    over = range(len(shape)) if axes is None else [axis % len(shape) for axis in axes]
    kept = [1 if axis in over else size for axis, size in enumerate(shape)]
    count = math.prod(shape[axis] for axis in over)
    each = balls.reshape(grad_y, kept)
    if reduction == "reduce_mean":
        each = each / count
    return balls.broadcast_to(each, tuple(shape))


def of_extreme(reduction: str, x: Ball, axes: Sequence[int] | None, grad_y: Ball) -> Ball:
    """Return the gradient of reduce_max or reduce_min of ``x``, which is exact.

    Elements that are the extreme share it alike; the others get 0.

    Source: ``tensorflow/python/ops/math_grad.py: _MinOrMaxGrad``.
    """
    over = tuple(range(x.ndim)) if axes is None else tuple(axes)
    extreme = np.max if reduction == "reduce_max" else np.min
    chosen = x.centre == extreme(x.centre, over, keepdims=True)
    count = np.sum(chosen, over, keepdims=True)
    # The share of each element is computed first: 1 or 0, divided by the count.
    share = balls.ball(chosen, grad_y.dtype) / balls.ball(count, grad_y.dtype)
    return share * balls.reshape(grad_y, count.shape)


def _summed_to(x: Ball, shape: tuple[int, ...]) -> Ball:
    """Sum over the axes along which an operand of this shape was broadcast."""
    added = x.ndim - len(shape)
    copied = [n for n, size in enumerate(shape, added) if size == 1 and x.shape[n] > 1]
    return balls.reshape(balls.sum(x, (*range(added), *copied)), shape)
