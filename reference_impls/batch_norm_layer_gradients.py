"""Gradients of ``tf.layers.batch_normalization`` to its input, gamma and beta, on balls.

They are those of the functions that the layer calls, put together as `tf.gradients` does. See
`batch_norm_layer` for the sources and the arguments; ``axis`` is one axis here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reference_impls import balls, batch_norm, batch_norm_gradients
from reference_impls.batch_norm_layer import Parameters, channels_back, channels_last

if TYPE_CHECKING:
    from reference_impls.balls import Ball


def training(
    x: Ball,
    axis: int,
    parameters: Parameters,
    epsilon: float,
    grad_y: Ball,
    *,
    fused: bool,
    correction: tuple[Ball, Ball] | None = None,
) -> dict[str, Ball]:
    """Return the gradients to ``x``, ``gamma`` and ``beta`` where the batch normalises.

    They go through the batch's mean and variance. A ``correction``, of `batch_renorm`, is constant.
    """
    last, grad = channels_last(x, axis), channels_last(grad_y, axis)
    axes = tuple(range(last.ndim - 1))
    gamma = parameters.gamma or balls.ball(np.ones(last.shape[-1:], np.float32))
    if fused:
        mean, _ = batch_norm.fused_moments(last, axes)
        of = batch_norm_gradients.fused_training(last, mean, gamma, epsilon, grad)
        return {"x": channels_back(of["x"], axis), "gamma": of["scale"], "beta": of["offset"]}
    mean, variance = batch_norm.moments(last, axes)
    scale = gamma if correction is None else correction[0] * gamma
    of = batch_norm_gradients.batch_normalization(
        last, mean, variance, parameters.beta, scale, epsilon, grad
    )
    terms = batch_norm_gradients.moments_terms(last, axes, mean, of["mean"], of["variance"])
    of_x = balls.sum(balls.stack([of["x"], *terms]), 0)
    of_gamma = of["scale"]
    if correction is not None:
        of_gamma = of_gamma * correction[0] + of["offset"] * correction[1]
    return {"x": channels_back(of_x, axis), "gamma": of_gamma, "beta": of["offset"]}


def inference(
    x: Ball, axis: int, parameters: Parameters, epsilon: float, grad_y: Ball, *, fused: bool
) -> dict[str, Ball]:
    """Return the gradients where the moving statistics, which are constants, normalise."""
    last, grad = channels_last(x, axis), channels_last(grad_y, axis)
    gamma = parameters.gamma or balls.ball(np.ones(last.shape[-1:], np.float32))
    mean, variance = parameters.moving_mean, parameters.moving_variance
    if fused:
        of = batch_norm_gradients.fused_inference(last, mean, variance, gamma, epsilon, grad)
    else:
        of = batch_norm_gradients.batch_normalization(
            last, mean, variance, parameters.beta, gamma, epsilon, grad
        )
    return {"x": channels_back(of["x"], axis), "gamma": of["scale"], "beta": of["offset"]}
