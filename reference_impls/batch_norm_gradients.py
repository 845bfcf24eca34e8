"""Gradients of TensorFlow's batch normalisation with respect to its inputs, on balls.

Each function follows the gradient graph or kernel of the TensorFlow function it names, in its order
of operations. ``grad_y`` is the gradient that arrives at the output.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from reference_impls import balls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reference_impls.balls import Ball

    Array = np.ndarray[Any, np.dtype[Any]]


def moments(x: Ball, axes: Sequence[int], mean: Ball, grad_mean: Ball, grad_variance: Ball) -> Ball:
    """Return the gradient of ``moments`` to ``x``, given those that arrive at its two outputs.

    See `moments_terms`, which it adds up.
    """
    by_mean, by_variance = moments_terms(x, axes, mean, grad_mean, grad_variance)
    return balls.cast(by_mean + by_variance, x.dtype)


def moments_terms(
    x: Ball, axes: Sequence[int], mean: Ball, grad_mean: Ball, grad_variance: Ball
) -> tuple[Ball, Ball]:
    """Return the two terms of the gradient of ``moments`` to ``x``, in the dtype it computes in.

    The mean inside the variance is behind a stop_gradient, which leaves out nothing: that term is
    sum(x - mean) = 0. ``mean`` and both gradients have their reduced axes as axes of size 1, or
    broadcast as if they had.

    Source: ``tensorflow/python/ops/nn_impl.py: moments``; ``math_grad.py: _MeanGrad,
    _SquaredDifferenceGrad``.
    """
    y = balls.cast(x, "float32") if x.dtype == "float16" else x
    count = balls.ball(np.asarray(prod(x.shape[a] for a in axes)), y.dtype)
    of_mean, of_variance = (balls.cast(one, y.dtype) for one in (grad_mean, grad_variance))
    by_mean = balls.broadcast_to(of_mean / count, y.shape)
    by_variance = (2.0 * (of_variance / count)) * (y - mean)
    return by_mean, by_variance


def batch_normalization(
    x: Ball,
    mean: Ball,
    variance: Ball,
    offset: Ball | None,
    scale: Ball | None,
    variance_epsilon: float,
    grad_y: Ball,
) -> dict[str, Ball]:
    """Return the gradients of ``tf.nn.batch_normalization``, by the names of its arguments.

    ``x`` is (..., C), the others (C,), all of one dtype.

    Source: ``tensorflow/python/ops/nn_impl.py: batch_normalization``; ``math_grad.py: _MulGrad,
    _RsqrtGrad``; ``tensorflow/core/kernels/cwise_ops_gradients.h: rsqrt_grad``.
    """
    axes = tuple(range(x.ndim - 1))
    root = balls.rsqrt(variance + variance_epsilon)
    inv = root if scale is None else root * scale
    of_shift = balls.sum(grad_y, axes)
    of_inv = balls.sum(grad_y * x, axes) - of_shift * mean
    gradients = {"x": grad_y * inv, "mean": -(of_shift * inv)}
    if offset is not None:
        gradients["offset"] = of_shift
    if scale is not None:
        gradients["scale"] = of_inv * root
    of_root = of_inv if scale is None else of_inv * scale
    gradients["variance"] = (-0.5 * (of_root * root)) * balls.square(root)
    return gradients


def fused_training(
    x: Ball, mean: Ball, scale: Ball, epsilon: float, grad_y: Ball
) -> dict[str, Ball]:
    """Return the gradients of ``tf.nn.fused_batch_norm`` in training to x, scale and offset.

    Channels are the last axis. ``mean`` is the batch's mean that the kernel saved, (C,) in float32.

    TensorFlow's own kernel scales the centred inputs before it sums their products; oneDNN's, the
    default on x86 from 2.9 on, after. Both are right, and only one overflows where the sum does.

    Source: ``tensorflow/core/kernels/fused_batch_norm_op.cc: FusedBatchNormGrad``;
    ``tensorflow/core/kernels/mkl/mkl_fused_batch_norm_op.cc: MklFusedBatchNormGradOp``, and
    oneDNN's ``src/cpu/ref_batch_normalization.cpp``.
    """
    axes = tuple(range(x.ndim - 1))
    wide, wide_y = balls.cast(x, scale.dtype), balls.cast(grad_y, scale.dtype)
    centred = wide - mean
    root = balls.rsqrt(balls.mean(balls.square(centred), axes) + epsilon)
    offset = balls.sum(wide_y, axes)
    count = balls.ball(np.asarray(prod(x.shape[a] for a in axes)), scale.dtype)
    products = wide_y * centred
    scaled_last = balls.sum(products, axes) * root
    slope = balls.hull(balls.square(root) * balls.mean(products, axes), scaled_last * root / count)
    x_backprop = (scale * root) * (wide_y - balls.mean(wide_y, axes) - centred * slope)
    return {
        "x": balls.cast(x_backprop, x.dtype),
        "scale": balls.hull(balls.sum(wide_y * (centred * root), axes), scaled_last),
        "offset": offset,
    }


def fused_inference(
    x: Ball, mean: Ball, variance: Ball, scale: Ball, epsilon: float, grad_y: Ball
) -> dict[str, Ball]:
    """Return the gradients of ``tf.nn.fused_batch_norm`` in inference to x, scale and offset.

    The statistics have none.

    Source: ``tensorflow/core/kernels/fused_batch_norm_op.cc: FusedBatchNormFreezeGrad``.
    """
    axes = tuple(range(x.ndim - 1))
    wide, wide_y = balls.cast(x, scale.dtype), balls.cast(grad_y, scale.dtype)
    root = balls.rsqrt(variance + epsilon)
    return {
        "x": balls.cast(wide_y * (root * scale), x.dtype),
        "scale": balls.sum(wide_y * (wide - mean), axes) * root,
        "offset": balls.sum(wide_y, axes),
    }
