"""What one step of TensorFlow's optimisers leaves in a variable and its slots, on balls.

Each ``apply`` follows the kernel it names, slot by slot, each from what was there before. Numbers
given to an optimiser become float32 tensors and are cast to the variable's dtype (see
`hyperparameter`).

Sources: ``tensorflow/core/kernels/training_ops.cc``; ``tensorflow/python/training/{optimizer,
gradient_descent,momentum,rmsprop,adadelta,adagrad,adam}.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference_impls import balls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reference_impls.balls import Ball

Array = np.ndarray[Any, np.dtype[Any]]


def hyperparameter(value: float, dtype: np.dtype[Any]) -> Ball:
    """Return a Python number as the optimiser's kernel sees it: through float32."""
    return balls.ball(np.asarray(np.float32(value)).astype(dtype))


def one_minus(rho: Ball) -> Ball:
    """Return 1 - rho, rounded once to its own dtype."""
    return balls.ball(np.asarray(rho.format.dtype.type(1) - rho.centre.astype(rho.format.dtype)))


def summed_slices(slices: Sequence[Array]) -> Ball:
    """Return slices with their duplicates added up.

    Parameters
    ----------
    slices : sequence of arrays
        Rows that have as many slices each, of shape [slices of a row, rows, ...].

    Source: ``tensorflow/python/training/optimizer.py: _deduplicate_indexed_slices``.
    """
    return balls.concatenate([balls.sum(balls.ball(alike), 0) for alike in slices])


def gradient_descent(var: Ball, grad: Ball, lr: Ball) -> Ball:
    """Return var - grad * lr (``ApplyGradientDescent``)."""
    return var - grad * lr


def scattered_descent(var: Ball, slices: Sequence[Array], lr: Ball) -> Ball:
    """Return rows of var after a scatter_sub of their slices (`summed_slices`), in any order.

    Source: ``tensorflow/python/training/gradient_descent.py: _apply_sparse_duplicate_indices``.
    """
    left = []
    for alike in slices:
        rows, var = var[: alike.shape[1]], var[alike.shape[1] :]
        steps = [-(balls.ball(one) * lr) for one in alike]
        left.append(balls.sum(balls.stack([rows, *steps]), 0))
    return balls.concatenate(left)


def momentum_accumulated(accum: Ball, grad: Ball, momentum: Ball) -> Ball:
    """Return accum * momentum + grad (``ApplyMomentum``)."""
    return accum * momentum + grad


def momentum_applied(
    var: Ball, accum: Ball, grad: Ball, lr: Ball, momentum: Ball, *, use_nesterov: bool
) -> Ball:
    """Return var after a step by the accumulator ``accum`` that the step has already changed."""
    if use_nesterov:
        return var - (grad * lr + accum * momentum * lr)
    return var - accum * lr


def moved(average: Ball, value: Ball, rho: Ball) -> Ball:
    """Return average + (value - average) * (1 - rho), as dense RMSProp and Adam move theirs."""
    return average + (value - average) * one_minus(rho)


def weighed(average: Ball, value: Ball, rho: Ball) -> Ball:
    """Return average * rho + value * (1 - rho), as Adadelta and all sparse steps move theirs."""
    return average * rho + value * one_minus(rho)


def rms_momentum(
    mom: Ball,
    ms: Ball,
    mg: Ball | None,
    grad: Ball,
    lr: Ball,
    momentum: Ball,
    epsilon: Ball,
    *,
    sparse: bool,
) -> Ball:
    """Return RMSProp's ``momentum`` slot, from the ``rms`` and ``mg`` slots after the step.

    mom * momentum + grad * lr / sqrt(ms - mg**2 + epsilon); the sparse kernel multiplies by rsqrt
    and adds epsilon before it subtracts (``ApplyRMSProp``, ``ApplyCenteredRMSProp`` and their
    sparse forms). The variable then falls by this slot.
    """
    if sparse:
        denominator = ms + epsilon if mg is None else (ms + epsilon) - balls.square(mg)
        step = balls.rsqrt(denominator) * lr * grad
    else:
        denominator = ms if mg is None else ms - balls.square(mg)
        step = (grad * lr) / balls.sqrt(denominator + epsilon)
    return mom * momentum + step


def adadelta_update(accum_update: Ball, accum: Ball, grad: Ball, epsilon: Ball) -> Ball:
    """Return sqrt(accum_update + epsilon) * rsqrt(accum + epsilon) * grad (``ApplyAdadelta``).

    ``accum`` is the slot after the step.
    """
    return balls.sqrt(accum_update + epsilon) * balls.rsqrt(accum + epsilon) * grad


def adagrad_applied(var: Ball, accumulator: Ball, grad: Ball, lr: Ball) -> Ball:
    """Return var - grad * lr * rsqrt(accumulator) (``ApplyAdagrad``).

    ``accumulator`` is the slot after the step.
    """
    return var - grad * lr * balls.rsqrt(accumulator)


def adam_applied(
    var: Ball, m: Ball, v: Ball, beta1_power: Ball, beta2_power: Ball, lr: Ball, epsilon: Ball
) -> Ball:
    """Return var - m * alpha / (sqrt(v) + epsilon) (``ApplyAdam``).

    alpha is lr * sqrt(1 - beta2_power) / (1 - beta1_power); ``m`` and ``v`` are the slots after the
    step, the powers, exact and of var's dtype, those before it.
    """
    alpha = lr * balls.sqrt(one_minus(beta2_power)) / one_minus(beta1_power)
    return var - m * alpha / (balls.sqrt(v) + epsilon)
