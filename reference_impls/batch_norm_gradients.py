"""Gradients of TensorFlow's batch normalisation with respect to its inputs, on balls.

Each function follows the gradient graph or kernel of the TensorFlow function it names, in its order
of operations. ``grad_y`` is the gradient that arrives at the output.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from reference_impls import balls, batch_norm
from reference_impls.gradients import root_gradient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reference_impls.balls import Ball

    Array = np.ndarray[Any, np.dtype[Any]]


def moments(
    x: Ball,
    axes: Sequence[int],
    mean: Ball,
    grad_mean: Ball,
    grad_variance: Ball,
    *,
    sizes_known: bool = False,
) -> Ball:
    """Return the gradient of ``moments`` to ``x``, given those that arrive at its two outputs.

    See `moments_terms`, which it adds up.
    """
    by_mean, by_variance = moments_terms(
        x, axes, mean, grad_mean, grad_variance, sizes_known=sizes_known
    )
    return balls.cast(by_mean + by_variance, x.dtype)


def moments_terms(
    x: Ball,
    axes: Sequence[int],
    mean: Ball,
    grad_mean: Ball,
    grad_variance: Ball,
    *,
    sizes_known: bool = False,
) -> tuple[Ball, Ball]:
    """Return the two terms of the gradient of ``moments`` to ``x``, in the dtype it computes in.

    The mean inside the variance is behind a stop_gradient, which leaves out nothing: that term is
    sum(x - mean) = 0. ``mean`` and both gradients have their reduced axes as axes of size 1, or
    broadcast as if they had. ``sizes_known``: early, so that their number is a constant.

    Source: ``tensorflow/python/ops/nn_impl.py: moments``; ``math_grad.py: _MeanGrad,
    _SquaredDifferenceGrad``.
    """
    y = balls.cast(x, "float32") if x.dtype == "float16" else x
    count = _count(y, axes, sizes_known=sizes_known)
    of_mean, of_variance = (balls.cast(one, y.dtype) for one in (grad_mean, grad_variance))
    by_mean = balls.broadcast_to(of_mean / count, y.shape)
    by_variance = (2.0 * (of_variance / count)) * (y - mean)
    return by_mean, by_variance


def _count(x: Ball, axes: Sequence[int], *, sizes_known: bool = False) -> Ball | Array:
    """The number of elements of a mean, as a constant of the graph or not."""
    count = np.asarray(prod(x.shape[a] for a in axes)).astype(x.format.dtype)
    return count if sizes_known else balls.ball(count)


def moments_second(
    x: Ball,
    axes: Sequence[int],
    mean: Ball,
    grad_variance: Ball,
    grad_gradient: Ball,
    *,
    sizes_known: bool,
) -> dict[str, Ball]:
    """Return the gradients of the gradient of ``moments``, dimensions kept, to what it is made of.

    The names are ``of_x``, ``of_grad_mean`` and ``of_grad_variance``. That to ``x`` lacks the term
    through the variance's own mean, for which 2 grad_variance / n would be multiplied by
    grad_gradient - mean(grad_gradient): the stop_gradient is harmless for the first order only.

    Source: ``tensorflow/python/ops/nn_impl.py: moments``; ``math_grad.py: _MeanGrad,
    _SquaredDifferenceGrad, _MulGrad, _RealDivGrad``.
    """
    axes = tuple(axes)
    wide = "float32" if x.dtype == "float16" else x.dtype
    y, used_mean, of_variance, of_gradient = (
        balls.cast(one, wide) for one in (x, mean, grad_variance, grad_gradient)
    )
    count = _count(y, axes, sizes_known=sizes_known)
    of_product = of_gradient * (y - used_mean)
    gradients = {
        "of_x": of_gradient * (2.0 * (of_variance / count)),
        "of_grad_mean": balls.sum(of_gradient / count, axes, keepdims=True),
        "of_grad_variance": balls.sum((2.0 * of_product) / count, axes, keepdims=True),
    }
    return {name: balls.cast(one, x.dtype) for name, one in gradients.items()}


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
    gradients["variance"] = root_gradient("rsqrt", root, of_root)
    return gradients


def batch_normalization_second(
    variance: Ball, scale: Ball, variance_epsilon: float, grad_y: Ball, grad_gradient: Ball
) -> dict[str, Ball]:
    """Return the gradients of `batch_normalization`'s gradient to ``x``, which is grad_y * inv.

    By the names of ``grad_y`` and the arguments; the others have none.

    Source: as `batch_normalization`.
    """
    axes = tuple(range(grad_y.ndim - 1))
    root = balls.rsqrt(variance + variance_epsilon)
    of_inv = balls.sum(grad_y * grad_gradient, axes)
    return {
        "grad_y": grad_gradient * (root * scale),
        "scale": of_inv * root,
        "variance": root_gradient("rsqrt", root, of_inv * scale),
    }


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
    count = _count(wide, axes)
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


def fused_training_second(
    x: Ball,
    scale: Ball,
    epsilon: float,
    grad_y: Ball,
    grad_x: Ball,
    grad_scale: Ball,
    grad_offset: Ball,
) -> dict[str, Ball]:
    """Return the gradients of `fused_training`'s three to grad_y, x and scale, by these names.

    ``grad_x``, ``grad_scale`` and ``grad_offset`` are what arrives at those three; channels are the
    last axis. TensorFlow writes the gradient anew, of operations that have gradients:

    - x: (scale * root) * (grad_y - mean(grad_y) - (inverse * covariance) * centred),
    - scale: root * sum(grad_y * centred), offset: sum(grad_y),

    with root = rsqrt(variance + epsilon), inverse = reciprocal(variance + epsilon) and
    covariance = mean(grad_y * centred). Below, ``of_`` is what arrives at each of these.

    Source: ``tensorflow/python/ops/nn_grad.py`` (from 2.13 on ``nn_fused_batch_norm_grad.py``):
    ``_BatchNormGrad, _FusedBatchNormGradGrad``.
    """
    axes = tuple(range(x.ndim - 1))
    wide, wide_y, of_x = (balls.cast(one, scale.dtype) for one in (x, grad_y, grad_x))
    count = _count(wide, axes)
    mean, variance = batch_norm.fused_moments(wide, axes)
    root, inverse = balls.rsqrt(variance + epsilon), balls.reciprocal(variance + epsilon)
    centred, products = wide - mean, wide_y * (wide - mean)
    covariance = balls.mean(products, axes)
    slope = inverse * covariance
    bracket = (wide_y - balls.mean(wide_y, axes)) - slope * centred
    of_factor = balls.sum(of_x * bracket, axes)
    of_bracket = of_x * (scale * root)
    of_slope = balls.sum(-of_bracket * centred, axes)
    of_each_product = of_slope * inverse / count
    of_sum = grad_scale * root
    of_variance = balls.sum(
        balls.stack(
            [
                root_gradient("rsqrt", root, of_factor * scale),
                root_gradient("rsqrt", root, grad_scale * balls.sum(products, axes)),
                root_gradient("reciprocal", inverse, of_slope * covariance),
            ]
        ),
        0,
    )
    of_centred = _added(-of_bracket * slope, of_each_product * wide_y, of_sum * wide_y)
    gradients = {
        "x": _added(
            of_centred,
            -balls.sum(of_centred, axes) / count,
            (2.0 * (of_variance / count)) * centred,
        ),
        "grad_y": _added(
            of_bracket,
            -balls.sum(of_bracket, axes) / count,
            of_each_product * centred,
            of_sum * centred,
            grad_offset,
        ),
    }
    cast = {name: balls.cast(one, x.dtype) for name, one in gradients.items()}
    return {**cast, "scale": of_factor * root}


def fused_inference_second(
    x: Ball,
    mean: Ball,
    variance: Ball,
    scale: Ball,
    epsilon: float,
    grad_y: Ball,
    grad_x: Ball,
    grad_scale: Ball,
    grad_offset: Ball,
) -> dict[str, Ball]:
    """Return the gradients of `fused_inference`'s three to grad_y, x and scale, by these names.

    As in `fused_training_second`, of the operations

    - x: (grad_y * scale) * root, scale: sum((grad_y * (x - mean)) * root), offset: sum(grad_y).

    Source: as there.
    """
    axes = tuple(range(x.ndim - 1))
    wide, wide_y, of_x = (balls.cast(one, scale.dtype) for one in (x, grad_y, grad_x))
    root = balls.rsqrt(variance + epsilon)
    of_scaled, of_product = of_x * root, grad_scale * root
    of_y = _added(of_scaled * scale, of_product * (wide - mean), grad_offset)
    return {
        "grad_y": balls.cast(of_y, x.dtype),
        "x": balls.cast(of_product * wide_y, x.dtype),
        "scale": balls.sum(of_scaled * wide_y, axes),
    }


def _added(*terms: Ball) -> Ball:
    """The sum, in any order, of terms that broadcast."""
    shape = np.broadcast_shapes(*(one.shape for one in terms))
    return balls.sum(balls.stack([balls.broadcast_to(one, shape) for one in terms]), 0)
