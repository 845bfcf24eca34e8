"""What TensorFlow's batch normalisation computes, on balls.

Each function is the formula of the TensorFlow function it names, in its order of operations; the
ball says how far rounding may carry the result. Arguments are balls (see `reference_impls.balls`);
shapes broadcast as in TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reference_impls import balls
from reference_impls.balls import Ball

if TYPE_CHECKING:
    from collections.abc import Sequence


def moments(x: Ball, axes: Sequence[int], keep_dims: bool = False) -> tuple[Ball, Ball]:
    """Return mean and (biased) variance over ``axes``.

    float16 is computed in float32 and cast back; bfloat16 is not.

    Source: ``tensorflow/python/ops/nn_impl.py: moments``.
    """
    y = balls.cast(x, "float32") if x.dtype == "float16" else x
    mean = balls.mean(y, tuple(axes), keepdims=True)
    variance = _mean_squared_difference(y, mean, tuple(axes))
    if not keep_dims:
        mean, variance = squeeze(mean, axes), squeeze(variance, axes)
    return balls.cast(mean, x.dtype), balls.cast(variance, x.dtype)


def _mean_squared_difference(x: Ball, mean: Ball, axes: tuple[int, ...]) -> Ball:
    """Return mean((x - mean)**2) where ``mean`` is the rounded mean of ``x`` itself.

    The rounding of the mean is one number d for all its elements, and sum(x - exact mean) = 0, so
    mean((x - mean)**2) = variance + d**2: the linear term that a ball alone would carry cancels.
    With data far from zero this is the difference between a useful radius and none.
    """
    exact_mean = Ball(mean.centre, np.zeros_like(mean.radius), mean.dtype)
    variance = balls.mean(balls.squared_difference(x, exact_mean), axes, keepdims=True)
    # What d adds is positive, and is rounded by the same factors as the sum it is in: twice d**2
    # holds it while those factors stay below 2, which a finite radius of the sum implies.
    shift = 2 * mean.radius * mean.radius
    undecided = ~balls.claimed(mean) | (np.isnan(mean.centre) != np.isnan(variance.centre))
    radius = np.where(undecided, np.inf, variance.radius + shift)
    return Ball(variance.centre, radius, variance.dtype)


def squeeze(x: Ball, axes: Sequence[int]) -> Ball:
    """Drop ``axes``; no axes at all means every axis of size 1, as ``tf.squeeze`` reads it."""
    if len(axes) == 0:
        return balls.reshape(x, [size for size in x.shape if size != 1])
    dropped = {axis % x.ndim for axis in axes}
    return balls.reshape(x, [size for axis, size in enumerate(x.shape) if axis not in dropped])


def batch_normalization(
    x: Ball,
    mean: Ball,
    variance: Ball,
    offset: Ball | None,
    scale: Ball | None,
    variance_epsilon: float,
) -> Ball:
    """Return x * inv + (offset - mean * inv), with inv = rsqrt(variance + epsilon) * scale.

    Source: ``tensorflow/python/ops/nn_impl.py: batch_normalization``.
    """
    inv = balls.rsqrt(variance + variance_epsilon)
    if scale is not None:
        inv = inv * scale
    shift = offset - mean * inv if offset is not None else -mean * inv
    return x * balls.cast(inv, x.dtype) + balls.cast(shift, x.dtype)


def fused_normalize(
    x: Ball, mean: Ball, variance: Ball, offset: Ball, scale: Ball, epsilon: float
) -> Ball:
    """Return (x - mean) * (rsqrt(variance + epsilon) * scale) + offset, in float32, as x's dtype.

    Source: ``tensorflow/core/kernels/fused_batch_norm_op.cc: FusedBatchNorm``.
    """
    wide = balls.cast(x, scale.dtype)
    factor = balls.rsqrt(variance + epsilon) * scale
    return balls.cast((wide - mean) * factor + offset, x.dtype)


def fused_normalize_reordered(
    x: Ball, mean: Ball, variance: Ball, offset: Ball, scale: Ball, epsilon: float
) -> Ball:
    """Return what `fused_normalize` does, or a compiler that may multiply by the scale first.

    Source: ``tensorflow/compiler/xla/service/batchnorm_expander.cc``, compiled with fast math.
    """
    wide = balls.cast(x, scale.dtype)
    scaled = ((wide - mean) * scale) * balls.rsqrt(variance + epsilon) + offset
    kernel = fused_normalize(x, mean, variance, offset, scale, epsilon)
    return balls.hull(kernel, balls.cast(scaled, x.dtype))


def fused_moments(x: Ball, axes: Sequence[int]) -> tuple[Ball, Ball]:
    """Return the batch's mean and biased variance in float32, as the fused kernel uses them.

    Source: ``tensorflow/core/kernels/fused_batch_norm_op.cc: FusedBatchNorm<..., true>``.
    """
    wide = balls.cast(x, "float32")
    mean = balls.mean(wide, tuple(axes), keepdims=True)
    return (
        squeeze(mean, axes),
        squeeze(_mean_squared_difference(wide, mean, tuple(axes)), axes),
    )


def bessel_corrected(variance: Ball, count: int) -> Ball:
    """Return variance * (n / max(n - 1, 1)): what the fused kernel gives as batch variance.

    Source: ``tensorflow/core/kernels/fused_batch_norm_op.cc: rest_size_adjust``.
    """
    factor = np.float32(count) / np.float32(max(count - 1, 1))
    return variance * np.asarray(factor, np.float32)


def fused_moved(old: Ball, batch: Ball, factor: float, adjustment: float = 1.0) -> Ball:
    """Return (1 - factor) * old + (factor * adjustment) * batch, as the fused kernel moves it.

    ``factor`` is ``exponential_avg_factor``; ``adjustment`` is Bessel's n / (n - 1) for a variance.

    Source: ``tensorflow/core/kernels/fused_batch_norm_op.cc: FusedBatchNorm<..., true>``.
    """
    used = np.float32(factor)
    weight = used * np.float32(adjustment)
    return old * np.asarray(np.float32(1) - used) + batch * np.asarray(weight)


def fused_normalize_folded(
    x: Ball, mean: Ball, variance: Ball, offset: Ball, scale: Ball, epsilon: float
) -> Ball:
    """Return what fused inference gives when its parameters are constants of the graph.

    Grappler may make it x * inv + (offset - mean * inv), inv = scale * rsqrt(variance + epsilon):
    the kernel's result or that, in float32.

    Source: ``tensorflow/core/grappler/optimizers/remapper.cc: AddBatchNormNodes``.
    """
    wide = balls.cast(x, scale.dtype)
    folded = batch_normalization(wide, mean, variance, offset, scale, epsilon)
    kernel = fused_normalize(x, mean, variance, offset, scale, epsilon)
    return balls.hull(kernel, balls.cast(folded, x.dtype))


def fused_normalize_expanded(
    x: Ball, mean: Ball, variance: Ball, offset: Ball, scale: Ball, epsilon: float
) -> Ball:
    """Return what `fused_normalize_reordered` does, or `fused_normalize_folded`: XLA from 2.1 on.

    Source: ``tensorflow/compiler/xla/service/batchnorm_expander.cc: HandleBatchNormInference``.
    """
    arguments = (x, mean, variance, offset, scale, epsilon)
    return balls.hull(fused_normalize_reordered(*arguments), fused_normalize_folded(*arguments))
