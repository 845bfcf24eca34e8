"""What TensorFlow's moving averages compute: bit for bit where its arithmetic is determined.

Sources: ``tensorflow/python/training/moving_averages.py``: ``assign_moving_average``,
``_zero_debias``, ``ExponentialMovingAverage.apply``.

Every operation of these formulas is a TensorFlow operation of its own, correctly rounded in the
variable's dtype, so plain NumPy in that dtype gives the same bits. One thing is the thread's, not
the formula's: whether subnormals are kept or flushed to zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference_impls import balls
from reference_impls.underflow import distinct, every_underflow, may_be_flushed

Array = np.ndarray[Any, np.dtype[Any]]


def decay_rate(decay: float | np.floating[Any] | Array, dtype: np.dtype[Any]) -> Array:
    """Return 1 - decay in the variable's ``dtype``, rounded as TensorFlow rounds it.

    A Python number is subtracted in float64 and becomes a float32 tensor; a tensor is subtracted
    in its own dtype. Either is then cast to ``dtype``: a float64 average still decays by a float32
    rate.
    """
    if isinstance(decay, float):
        rate = np.asarray(1.0 - decay, np.float32)
    else:
        rate = np.asarray(decay.dtype.type(1) - decay)
    return np.asarray(rate.astype(dtype))


def capped_decay(decay: float | np.floating[Any] | Array, num_updates: int | Array | None) -> Array:
    """Return the float32 decay that ExponentialMovingAverage uses.

    It is ``decay``, or with ``num_updates`` min(decay, (1 + num_updates) / (10 + num_updates)),
    all in float32.
    """
    capped = np.asarray(decay, np.float32)
    if num_updates is None:
        return capped
    n = np.asarray(num_updates).astype(np.float32)
    one, ten = np.float32(1), np.float32(10)
    with np.errstate(all="ignore"):
        return np.asarray(np.minimum(capped, (one + n) / (ten + n)))


def moving_average(variable: Array, value: Array, rate: Array) -> list[Array]:
    """Return what one update may make of ``variable``: variable - (variable - value) * rate.

    One array, unless subnormals occur: each of the three operations may keep or flush them, so that
    an element may be any of the arrays'.

    Parameters
    ----------
    variable, value
        The average before, and what it is moved towards: same shape, same dtype.
    rate
        1 - decay, a scalar of that dtype (see `decay_rate`).
    """
    with np.errstate(all="ignore"):
        difference = np.asarray(variable - value)
        step = np.asarray(difference * rate)
        averages = [np.asarray(variable - step)]
        met = (variable, value, rate, difference, step, averages[0])
        if any(may_be_flushed(one).any() for one in met):
            averages = [
                average
                for difference in every_underflow(np.subtract, variable, value)
                for step in every_underflow(np.multiply, difference, rate)
                for average in every_underflow(np.subtract, variable, step)
            ]
    return distinct(averages)


def bias_factor(rate: Array, local_step: Array) -> balls.Ball:
    """Return 1 - (1 - rate) ** local_step: what a zero-initialised average is short of.

    The power is not correctly rounded, so this is a ball.
    """
    decay = 1.0 - balls.ball(rate)
    return 1.0 - balls.pow(decay, balls.ball(local_step))


def zero_debiased(
    unbiased: Array, biased: Array, rate: Array, local_step: Array, *, by_difference: bool
) -> balls.Ball:
    """Return the debiased average, given the slots ``biased`` and ``local_step`` after the update.

    ``by_difference`` is how releases before 1.14 assign it: unbiased -= unbiased - biased / factor.
    """
    debiased = balls.ball(biased) / bias_factor(rate, local_step)
    if not by_difference:
        return debiased
    before = balls.ball(unbiased)
    return before - (before - debiased)
