"""What ``tf.layers.batch_normalization`` computes, fused and not, on balls.

Source: ``tensorflow/python/keras/layers/normalization.py`` (up to 2.5), ``keras/layers/
normalization/batch_normalization.py`` (from 2.6), ``tf_keras`` likewise: ``BatchNormalizationBase.
call``, ``_fused_batch_norm``, ``_assign_moving_average``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reference_impls import balls, batch_norm
from reference_impls.moving_averages import decay_rate

if TYPE_CHECKING:
    from reference_impls.balls import Ball


@dataclass(frozen=True)
class Parameters:
    """The layer's variables; ``beta`` None without centre, ``gamma`` None without scale."""

    gamma: Ball | None
    beta: Ball | None
    moving_mean: Ball
    moving_variance: Ball


def training(
    x: Ball, axis: int, parameters: Parameters, epsilon: float, *, fused: bool
) -> tuple[Ball, Ball, Ball]:
    """Return the output and the batch's mean and variance that the moving statistics move towards.

    The fused kernel's variance has Bessel's correction, the other's has not. ``x`` may have any
    rank; statistics are over all axes but ``axis``.
    """
    last = _channels_last(x, axis)
    axes = tuple(range(last.ndim - 1))
    if not fused:
        mean, variance = batch_norm.moments(last, axes)
        y = batch_norm.batch_normalization(
            last, mean, variance, parameters.beta, parameters.gamma, epsilon
        )
        return _channels_back(y, axis), mean, variance
    mean, variance = batch_norm.fused_moments(last, axes)
    y = _fused(last, mean, variance, parameters, epsilon)
    count = int(np.prod(last.shape[:-1]))
    return _channels_back(y, axis), mean, batch_norm.bessel_corrected(variance, count)


def inference(x: Ball, axis: int, parameters: Parameters, epsilon: float, *, fused: bool) -> Ball:
    """Return the output normalised by the moving statistics."""
    last = _channels_last(x, axis)
    mean, variance = parameters.moving_mean, parameters.moving_variance
    if fused:
        y = _fused(last, mean, variance, parameters, epsilon)
    else:
        y = batch_norm.batch_normalization(
            last, mean, variance, parameters.beta, parameters.gamma, epsilon
        )
    return _channels_back(y, axis)


def moved(statistic: Ball, value: Ball, momentum: float, *, momentum_is_tensor: bool) -> Ball:
    """Return a moving statistic after one update: statistic - (statistic - value) * (1 - momentum).

    The fused path makes ``momentum`` a float32 tensor before it is subtracted from 1.
    """
    given = np.asarray(momentum, np.float32) if momentum_is_tensor else momentum
    rate = balls.ball(decay_rate(given, np.dtype(statistic.dtype)))
    return statistic - (statistic - value) * rate


def _fused(x: Ball, mean: Ball, variance: Ball, parameters: Parameters, epsilon: float) -> Ball:
    size = mean.shape
    ones = balls.ball(np.ones(size, np.float32))
    zeros = balls.ball(np.zeros(size, np.float32))
    return batch_norm.fused_normalize(
        x, mean, variance, parameters.beta or zeros, parameters.gamma or ones, epsilon
    )


def _channels_last(x: Ball, axis: int) -> Ball:
    return balls.transpose(x, [*(a for a in range(x.ndim) if a != axis % x.ndim), axis % x.ndim])


def _channels_back(y: Ball, axis: int) -> Ball:
    order = list(range(y.ndim - 1))
    order.insert(axis % y.ndim, y.ndim - 1)
    return balls.transpose(y, order)
