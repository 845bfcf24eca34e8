"""Gradients of small graphs, written by hand, on balls.

The graph of `of_products` is y0 = x * a, y1 = x * b, y2 = x * c, elementwise: three paths to ``x``,
whose gradients TensorFlow adds up in an order that its aggregation method decides.

Source: ``tensorflow/python/ops/gradients_util.py: _GradientsHelper, _AggregatedGrads``
(``gradients_impl.py`` in 1.12); ``tensorflow/python/ops/math_grad.py: _AddGrad, _SubGrad, _MulGrad,
_RealDivGrad, _SquaredDifferenceGrad``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference_impls import balls

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reference_impls.balls import Ball

FACTORS = ("a", "b", "c")
OPERATIONS = ("add", "subtract", "multiply", "divide", "squared_difference")


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
    else:
        to_a = (2.0 * grad_y) * (a - b)
        to_b = -to_a
    return _summed_to(to_a, a.shape), _summed_to(to_b, b.shape)


def _summed_to(x: Ball, shape: tuple[int, ...]) -> Ball:
    """Sum over the axes along which an operand of this shape was broadcast."""
    added = x.ndim - len(shape)
    copied = [n for n, size in enumerate(shape, added) if size == 1 and x.shape[n] > 1]
    return balls.reshape(balls.sum(x, (*range(added), *copied)), shape)
