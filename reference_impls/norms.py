"""What TensorFlow's sums, norms and clipping of lists of tensors compute, on balls.

Sources: ``tensorflow/python/ops/clip_ops.py: global_norm, clip_by_global_norm``;
``tensorflow/core/kernels/l2loss_op.h: L2Loss``; ``tensorflow/python/ops/math_ops.py: add_n``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reference_impls import balls
from reference_impls.balls import Ball

if TYPE_CHECKING:
    from collections.abc import Sequence


def l2_loss(t: Ball) -> Ball:
    """Return sum(t**2 * 0.5) over all elements, a scalar.

    The kernel halves each term before it adds them.
    """
    return balls.sum(balls.square(t) * 0.5)


def l2_loss_gradient(t: Ball, grad: Ball) -> Ball:
    """Return t * grad, the gradient of `l2_loss` to ``t``.

    Source: ``tensorflow/python/ops/nn_grad.py: _L2LossGrad``.
    """
    return t * grad


def global_norm(t_list: Sequence[Ball]) -> Ball:
    """Return sqrt(2 sum(l2_loss(t) for t in t_list)); entries that are None are left out before."""
    halves = balls.sum(balls.stack([l2_loss(t) for t in t_list]))
    return balls.sqrt(halves * 2.0)


def clip_by_global_norm(
    t_list: Sequence[Ball], clip_norm: Ball, use_norm: Ball, *, finite_only: bool
) -> list[Ball]:
    """Return each t * (clip_norm * min(1 / use_norm, 1 / clip_norm)).

    ``finite_only`` is how releases from 1.14 on treat a norm that is infinite or NaN: the factor,
    and with it every element, is NaN (use_norm - use_norm is added to it). Before, such a norm is
    an error and never gets here.
    """
    scale = clip_norm * balls.minimum(1.0 / use_norm, 1.0 / clip_norm)
    if finite_only:
        scale = scale + (use_norm - use_norm)
        singular = ~np.isfinite(use_norm.centre) & (use_norm.radius == 0)
        nan = Ball(np.full_like(scale.centre, np.nan), np.zeros_like(scale.radius), scale.dtype)
        scale = balls.where(singular, nan, scale)
    return [t * scale for t in t_list]


def add_n(inputs: Sequence[Ball]) -> Ball:
    """Return the sum of tensors of one shape, added in any order."""
    return balls.sum(balls.stack(inputs), axis=0)
