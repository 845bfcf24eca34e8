"""Gradients of a small graph, written by hand, on balls.

The graph is y0 = x * a, y1 = x * b, y2 = x * c, elementwise: three paths to ``x``, whose gradients
TensorFlow adds up in an order that its aggregation method decides.

Source: ``tensorflow/python/ops/gradients_util.py: _GradientsHelper, _AggregatedGrads``
(``gradients_impl.py`` in 1.12); ``tensorflow/python/ops/math_grad.py: _MulGrad``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference_impls import balls

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reference_impls.balls import Ball

FACTORS = ("a", "b", "c")


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
