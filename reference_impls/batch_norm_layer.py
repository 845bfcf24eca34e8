"""What ``tf.layers.batch_normalization`` and Keras 2's layer compute, fused and not, on balls.

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
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from reference_impls.balls import Ball

SIXTEEN_BITS = ("float16", "bfloat16")
# keras.backend.epsilon(), added to a divisor.
KERAS_EPSILON = 1e-7


@dataclass(frozen=True)
class Parameters:
    """The layer's variables; ``beta`` None without centre, ``gamma`` None without scale.

    Each is (C,), or with several axes or virtual batches of the rank that the layer computes in.
    """

    gamma: Ball | None
    beta: Ball | None
    moving_mean: Ball
    moving_variance: Ball


def training(
    x: Ball,
    axis: int | Sequence[int],
    parameters: Parameters,
    epsilon: float,
    *,
    fused: bool,
    virtual_batch_size: int | None = None,
    correction: tuple[Ball, Ball] | None = None,
    moments: tuple[Ball, Ball] | None = None,
    wide: bool = True,
) -> tuple[Ball, Ball, Ball]:
    """Return the output and the batch's mean and variance that the moving statistics move towards.

    The fused kernel's variance has Bessel's correction, the other's has not. Both statistics have
    the shape of the moving ones.

    Parameters
    ----------
    x
        Any rank; statistics are over all axes but ``axis``.
    virtual_batch_size
        The number of examples of each sub-batch normalised by itself; the statistics returned are
        the mean of those of the sub-batches.
    correction
        A factor and a summand for what is normalised, before gamma and beta: those of `renorm`, or
        of an adjustment. Each (C,) or broadcastable to ``x``.
    wide
        Whether float16 and bfloat16 are normalised in float32, or in their own dtype by statistics
        that were computed in float32 and rounded.
    """
    if fused:
        return _fused_training(x, axis, parameters, epsilon)
    grouped = _grouped(x, virtual_batch_size)
    kept = _kept_axes(x.ndim, axis, virtual_batch_size)
    mean, variance = moments or _moments(grouped, kept)
    gamma, beta = parameters.gamma, parameters.beta
    if correction is not None:
        r, d = (_spread(one, grouped, kept) for one in correction)
        gamma, beta = _composed(
            r, d, gamma and _spread(gamma, grouped, kept), beta and _spread(beta, grouped, kept)
        )
    y = _normalized(grouped, kept, mean, variance, beta, gamma, epsilon, wide=wide)
    shape = parameters.moving_mean.shape
    return (
        balls.reshape(y, x.shape),
        balls.reshape(_over_batches(mean, virtual_batch_size), shape),
        balls.reshape(_over_batches(variance, virtual_batch_size), shape),
    )


def inference(
    x: Ball,
    axis: int | Sequence[int],
    parameters: Parameters,
    epsilon: float,
    *,
    fused: bool,
    virtual_batch_size: int | None = None,
    wide: bool = True,
) -> Ball:
    """Return the output normalised by the moving statistics."""
    mean, variance = parameters.moving_mean, parameters.moving_variance
    if fused:
        last = channels_last(x, axis)
        return channels_back(_fused(last, mean, variance, parameters, epsilon), axis)
    grouped = _grouped(x, virtual_batch_size)
    kept = _kept_axes(x.ndim, axis, virtual_batch_size)
    y = _normalized(
        grouped, kept, mean, variance, parameters.beta, parameters.gamma, epsilon, wide=wide
    )
    return balls.reshape(y, x.shape)


def masked_moments(x: Ball, mask: NDArray[np.bool_]) -> tuple[Ball, Ball]:
    """Return mean and variance of what a mask keeps, by Keras 3: over all axes but the last.

    Keras 2 calls `tf.nn.weighted_moments` instead.

    Parameters
    ----------
    mask
        Of the shape of ``x`` without its last axis.

    Source: keras ``src/layers/normalization/batch_normalization.py``, ``_moments``.
    """
    axes = tuple(range(x.ndim - 1))
    kept = np.broadcast_to(mask[..., np.newaxis], x.shape)
    zero = np.zeros((), x.format.dtype)
    count = np.sum(kept, axes, keepdims=True).astype(x.format.dtype)
    divisor = balls.ball(count) + KERAS_EPSILON
    mean = balls.sum(balls.where(kept, x, zero), axes, keepdims=True) / divisor
    squared = balls.where(kept, balls.square(x - mean), zero)
    return mean, balls.sum(squared, axes, keepdims=True) / divisor


def moved(statistic: Ball, value: Ball, momentum: float, *, momentum_is_tensor: bool) -> Ball:
    """Return a moving statistic after one update: statistic - (statistic - value) * (1 - momentum).

    The fused path makes ``momentum`` a float32 tensor before it is subtracted from 1.
    """
    given = np.asarray(momentum, np.float32) if momentum_is_tensor else momentum
    rate = balls.ball(decay_rate(given, np.dtype(statistic.dtype)))
    return statistic - (statistic - balls.cast(value, statistic.dtype)) * rate


def weighted(statistic: Ball, value: Ball, momentum: float) -> Ball:
    """Return what Keras 3 assigns: statistic * momentum + value * (1 - momentum).

    Both weights are numbers until they meet the float32 statistic (keras
    src/layers/normalization/batch_normalization.py, ``BatchNormalization.call``).
    """
    kept, moved = (
        balls.ball(np.asarray(weight, statistic.dtype)) for weight in (momentum, 1.0 - momentum)
    )
    return statistic * kept + balls.cast(value, statistic.dtype) * moved


def _normalized(
    x: Ball,
    kept: Sequence[int],
    mean: Ball,
    variance: Ball,
    beta: Ball | None,
    gamma: Ball | None,
    epsilon: float,
    *,
    wide: bool,
) -> Ball:
    dtype = "float32" if wide and x.dtype in SIXTEEN_BITS else x.dtype

    def prepared(one: Ball) -> Ball:
        return balls.cast(_spread(one, x, kept), dtype)

    y = batch_norm.batch_normalization(
        balls.cast(x, dtype),
        prepared(mean),
        prepared(variance),
        beta and prepared(beta),
        gamma and prepared(gamma),
        epsilon,
    )
    return balls.cast(y, x.dtype)


def _composed(
    factor: Ball, summand: Ball, gamma: Ball | None, beta: Ball | None
) -> tuple[Ball, Ball]:
    """Return gamma and beta that correct by factor and summand first: (xr + d) gamma + beta."""
    if gamma is not None:
        factor, summand = factor * gamma, summand * gamma
    return factor, summand if beta is None else summand + beta


def _moments(x: Ball, kept: Sequence[int]) -> tuple[Ball, Ball]:
    reduced = [axis for axis in range(x.ndim) if axis not in kept]
    working = balls.cast(x, "float32") if x.dtype in SIXTEEN_BITS else x
    return batch_norm.moments(working, reduced, keep_dims=True)


def _grouped(x: Ball, virtual_batch_size: int | None) -> Ball:
    """Give virtual batches an axis of their own: example i is of batch i modulo their number."""
    if virtual_batch_size is None:
        return x
    return balls.reshape(x, (virtual_batch_size, -1, *x.shape[1:]))


def _kept_axes(ndim: int, axis: int | Sequence[int], virtual_batch_size: int | None) -> list[int]:
    """The axes of the grouped input that statistics are not over."""
    kept = [one % ndim for one in ([axis] if isinstance(axis, int) else axis)]
    return kept if virtual_batch_size is None else [1, *(one + 1 for one in kept)]


def _over_batches(statistic: Ball, virtual_batch_size: int | None) -> Ball:
    return statistic if virtual_batch_size is None else balls.mean(statistic, 1, keepdims=True)


def _spread(one: Ball, x: Ball, kept: Sequence[int]) -> Ball:
    """A parameter (C,) with the rank of ``x``."""
    if one.ndim == x.ndim:
        return one
    shape = [1] * x.ndim
    shape[kept[-1]] = x.shape[kept[-1]]
    return balls.reshape(one, shape)


def _fused_training(
    x: Ball, axis: int | Sequence[int], parameters: Parameters, epsilon: float
) -> tuple[Ball, Ball, Ball]:
    last = channels_last(x, axis)
    mean, variance = batch_norm.fused_moments(last, range(last.ndim - 1))
    y = _fused(last, mean, variance, parameters, epsilon)
    count = int(np.prod(last.shape[:-1]))
    return channels_back(y, axis), mean, batch_norm.bessel_corrected(variance, count)


def _fused(x: Ball, mean: Ball, variance: Ball, parameters: Parameters, epsilon: float) -> Ball:
    size = mean.shape
    ones = balls.ball(np.ones(size, np.float32))
    zeros = balls.ball(np.zeros(size, np.float32))
    return batch_norm.fused_normalize(
        x, mean, variance, parameters.beta or zeros, parameters.gamma or ones, epsilon
    )


def _channel_axis(ndim: int, axis: int | Sequence[int]) -> int:
    """The one axis that the fused kernel takes."""
    (only,) = [axis] if isinstance(axis, int) else axis
    return only % ndim


def channels_last(x: Ball, axis: int | Sequence[int]) -> Ball:
    """Return ``x`` with the one axis that keeps statistics as the last."""
    channel = _channel_axis(x.ndim, axis)
    return balls.transpose(x, [*(a for a in range(x.ndim) if a != channel), channel])


def channels_back(y: Ball, axis: int | Sequence[int]) -> Ball:
    """Undo `channels_last`."""
    order = list(range(y.ndim - 1))
    order.insert(_channel_axis(y.ndim, axis), y.ndim - 1)
    return balls.transpose(y, order)
