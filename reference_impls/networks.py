"""A small network and its gradients written by hand, on balls.

conv2d (2 x 2, valid), batch normalisation by the batch, relu, a dense layer; the loss is the mean
squared error. Values are given by name: ``kernel`` (2, 2, C, K), ``gamma`` and ``beta`` (K,),
``weights`` (F, M) and ``biases`` (M,); ``x`` is (N, H, W, C), ``target`` (N, M).

Sources: ``tensorflow/python/ops/nn_grad.py: _Conv2DGrad, _ReluGrad``; ``math_grad.py: _MatMulGrad,
_MeanGrad, _SquareGrad``.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reference_impls import balls, batch_norm, batch_norm_gradients

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reference_impls.balls import Ball

    Array = np.ndarray[Any, np.dtype[Any]]

AXES = (0, 1, 2)


@dataclass(frozen=True)
class Pass:
    """What one pass forward and back through the network gives.

    Attributes
    ----------
    loss
        The mean squared error, a scalar.
    mean, variance
        What the moving statistics move towards; None without batch normalisation.
    gradients
        Those of the loss to each value, by its name.
    """

    loss: Ball
    mean: Ball | None
    variance: Ball | None
    gradients: dict[str, Ball]


@dataclass(frozen=True)
class Normalized:
    """Batch normalisation of one input: output, what the statistics move towards, the way back."""

    y: Ball
    mean: Ball | None
    variance: Ball | None
    back: Callable[[Ball], dict[str, Ball]]


def forward_and_back(
    values: Mapping[str, Ball], x: Ball, target: Ball, kind: str, epsilon: float
) -> Pass:
    """Return one pass; ``kind`` is "none", "composed" (of moments and arithmetic) or "fused"."""
    patches, image = _patches(x, values["kernel"].shape)
    filters = balls.reshape(values["kernel"], (-1, values["kernel"].shape[-1]))
    convolved = balls.reshape(balls.matmul(patches, filters), image)
    normalized = NORMALIZATIONS[kind](convolved, values, epsilon)
    hidden = balls.reshape(balls.maximum(normalized.y, 0.0), (len(x), -1))
    y = balls.matmul(hidden, values["weights"]) + values["biases"]
    error = y - target
    loss = balls.mean(balls.square(error))

    share = balls.ball(1.0, x.dtype) / balls.ball(error.size, x.dtype)
    of_y = (2.0 * error) * share
    of_hidden = balls.matmul(of_y, balls.transpose(values["weights"]))
    back = normalized.back(relu_gradient(balls.reshape(of_hidden, image), normalized.y))
    of_convolved = balls.reshape(back.pop("x"), (-1, image[-1]))
    of_filters = balls.matmul(balls.transpose(patches), of_convolved)
    gradients = {
        "kernel": balls.reshape(of_filters, values["kernel"].shape),
        "weights": balls.matmul(balls.transpose(hidden), of_y),
        "biases": balls.sum(of_y, 0),
        **back,
    }
    return Pass(loss, normalized.mean, normalized.variance, gradients)


def relu_gradient(gradient: Ball, features: Ball) -> Ball:
    """Return the gradient where ``features`` are above zero, and zero elsewhere.

    A feature whose ball holds zero and positive numbers may be on either side of the kink: both
    are in the result.
    """
    above = features.lower_bound > 0
    below = features.centre + features.radius <= 0
    nothing = balls.ball(np.zeros(gradient.shape), gradient.dtype)
    either = balls.hull(gradient, nothing)
    return balls.where(above, gradient, balls.where(below, nothing, either))


def moved_by_all(statistic: Ball, values: Sequence[Ball], rate: Ball) -> Ball:
    """Return a moving statistic after ``statistic -= (statistic - value) * rate`` for each value.

    Nothing orders the updates of several towers, and each is a read and a subtraction: any
    interleaving may happen. The result holds what each of them gives. ``rate`` is a scalar.
    """
    count = len(values)
    orders = _interleavings(count)
    every = np.arange(len(orders))
    towards = balls.stack(values)
    state = balls.broadcast_to(statistic, (len(orders), *statistic.shape))
    read = balls.broadcast_to(statistic, (len(orders), count, *statistic.shape))
    reads_so_far = np.zeros((len(orders), count), bool)
    for tower in orders.T:
        subtracts = reads_so_far[every, tower][:, None]
        step = (read[every, tower] - towards[tower]) * rate
        reads_now = (np.arange(count) == tower[:, None])[:, :, None] & ~subtracts[:, :, None]
        read = balls.where(reads_now, state[:, None], read)
        state = balls.where(subtracts, state - step, state)
        reads_so_far[every, tower] = True
    return _hull_of_all(state)


@functools.cache
def _interleavings(count: int) -> Array:
    """Every order of two events each of ``count`` towers, as rows of tower numbers."""
    return np.array(sorted(set(itertools.permutations([*range(count)] * 2))))


def _hull_of_all(alternatives: Ball) -> Ball:
    """Return the smallest ball that holds all along the first axis."""
    while len(alternatives) > 1:
        half = (len(alternatives) + 1) // 2
        alternatives = balls.hull(alternatives[:half], alternatives[-half:])
    return alternatives[0]


def _patches(x: Ball, kernel: tuple[int, ...]) -> tuple[Ball, tuple[int, ...]]:
    """Return what each place of the kernel covers, as rows; and the shape of the convolution."""
    height, width, channels, filters = kernel
    image = (len(x), x.shape[1] - height + 1, x.shape[2] - width + 1)

    def windows(array: Array) -> Array:
        view = np.lib.stride_tricks.sliding_window_view(array, (height, width), axis=(1, 2))
        return np.moveaxis(view, 3, -1).reshape(-1, height * width * channels)

    return x.rearranged(windows), (*image, filters)


def _unchanged(x: Ball, values: Mapping[str, Ball], epsilon: float) -> Normalized:
    del values, epsilon
    return Normalized(x, None, None, lambda gradient: {"x": gradient})


def _composed(x: Ball, values: Mapping[str, Ball], epsilon: float) -> Normalized:
    mean, variance = batch_norm.moments(x, AXES)
    gamma, beta = values["gamma"], values["beta"]
    y = batch_norm.batch_normalization(x, mean, variance, beta, gamma, epsilon)

    def back(gradient: Ball) -> dict[str, Ball]:
        direct = batch_norm_gradients.batch_normalization(
            x, mean, variance, beta, gamma, epsilon, gradient
        )
        by_statistics = batch_norm_gradients.moments_terms(
            x, AXES, mean, direct["mean"], direct["variance"]
        )
        terms = balls.stack([direct["x"], *by_statistics])
        return {
            "x": balls.sum(terms, 0),
            "gamma": direct["scale"],
            "beta": direct["offset"],
        }

    return Normalized(y, mean, variance, back)


def _fused(x: Ball, values: Mapping[str, Ball], epsilon: float) -> Normalized:
    mean, variance = batch_norm.fused_moments(x, AXES)
    gamma, beta = values["gamma"], values["beta"]
    y = batch_norm.fused_normalize(x, mean, variance, beta, gamma, epsilon)

    def back(gradient: Ball) -> dict[str, Ball]:
        direct = batch_norm_gradients.fused_training(x, mean, gamma, epsilon, gradient)
        return {"x": direct["x"], "gamma": direct["scale"], "beta": direct["offset"]}

    count = int(np.prod(x.shape[:-1]))
    return Normalized(y, mean, batch_norm.bessel_corrected(variance, count), back)


NORMALIZATIONS: dict[str, Callable[[Ball, Mapping[str, Ball], float], Normalized]] = {
    "none": _unchanged,
    "composed": _composed,
    "fused": _fused,
}
