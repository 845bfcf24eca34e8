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


def l2_loss_second(t: Ball, grad: Ball, grad_gradient: Ball) -> dict[str, Ball]:
    """Return the gradients of `l2_loss_gradient` to ``t`` and ``grad``: ``of_t``, ``of_grad``."""
    return {"of_t": grad_gradient * grad, "of_grad": balls.sum(grad_gradient * t)}


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


def clip_by_global_norm_gradients(
    t_list: Sequence[Ball],
    clip_norm: Ball,
    norm: Ball,
    grads: Sequence[Ball],
    grad_norm: Ball,
) -> list[Ball]:
    """Return the gradient of `clip_by_global_norm` and its norm to each t, also through the norm.

    ``grads`` arrive at the clipped tensors, ``grad_norm`` at the norm TensorFlow had, ``norm``,
    which is finite and not zero. Where rounding decides whether it clips, either may come out.

    Source: ``tensorflow/python/ops/math_grad.py: _MinimumGrad, _RealDivGrad, _SqrtGrad``;
    ``nn_grad.py: _L2LossGrad``.
    """
    by_norm, by_clip_norm = 1.0 / norm, 1.0 / clip_norm
    scale = clip_norm * balls.minimum(by_norm, by_clip_norm)
    pairs = list(zip(grads, t_list, strict=True))
    of_scale = balls.sum(balls.stack([balls.sum(grad * t) for grad, t in pairs]))
    zero = balls.ball(0.0, norm.dtype)
    through = (of_scale * clip_norm) * (-1.0 / norm / norm)
    # The norm is also added to the factor and subtracted, from 2.3 on.
    with_norm, without = (
        balls.sum(balls.stack([grad_norm, of_scale, -of_scale, one])) for one in (through, zero)
    )
    clips = by_norm.centre < by_clip_norm.centre
    sure = np.abs(by_norm.centre - by_clip_norm.centre) > by_norm.radius + by_clip_norm.radius
    either = balls.hull(with_norm, without)
    of_norm = balls.where(sure, balls.where(clips, with_norm, without), either)
    of_halves = 2.0 * ((0.5 * of_norm) / norm)
    return [grad * scale + t * of_halves for grad, t in pairs]
