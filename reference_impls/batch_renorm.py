"""What batch renormalisation adds to `batch_norm_layer`, on balls.

Ioffe, "Batch Renormalization" (arXiv:1702.03275): in training, what the batch's statistics
normalise is corrected by r and d to what moving statistics would have made of it.

TensorFlow has computed it in two ways. Up to 1.14 the averages start at 0 and come with *weights*,
averages of 1 that debias them; from 1.15 on they start at the moving statistics' initial values.
Keras 3, which has it from 3.13 on, computes it in the second way.

Source: ``BatchNormalizationBase._renorm_correction_and_moments`` and ``call``, in the files that
`batch_norm_layer` names; keras ``src/layers/normalization/batch_normalization.py``,
``_renorm_correction_and_moments`` and ``_update_renorm_statistics``.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reference_impls import balls
from reference_impls.batch_norm_layer import moved

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reference_impls.balls import Ball

# As the layer's own statistics do where no fused kernel is.
_MOVED = functools.partial(moved, momentum_is_tensor=False)


@dataclass(frozen=True)
class Averages:
    """The layer's ``renorm_mean`` and ``renorm_stddev``, (C,); their weights, scalars or None."""

    mean: Ball
    stddev: Ball
    mean_weight: Ball | None
    stddev_weight: Ball | None


def standard_deviation(variance: Ball, epsilon: float) -> Ball:
    """Return sqrt(variance + epsilon)."""
    return balls.sqrt(variance + epsilon)


def correction(
    mean: Ball,
    variance: Ball,
    averages: Averages,
    epsilon: float,
    clipping: Mapping[str, Ball],
) -> tuple[Ball, Ball]:
    """Return r and d, clipped: (x - mean) / stddev * r + d is what the averages make of x.

    ``clipping`` may have ``rmin``, ``rmax`` and ``dmax``. Neither r nor d has a gradient.
    """
    stddev = standard_deviation(variance, epsilon)
    if averages.mean_weight is None or averages.stddev_weight is None:
        average_mean = averages.mean
        floor = balls.sqrt(balls.ball(np.asarray(epsilon, np.float32)))
        average_stddev = balls.maximum(averages.stddev, floor)
    else:
        average_mean = averages.mean + (1.0 - averages.mean_weight) * mean
        average_stddev = averages.stddev + (1.0 - averages.stddev_weight) * stddev
    r = stddev / average_stddev
    d = (mean - average_mean) / average_stddev
    if "rmin" in clipping:
        r = balls.maximum(r, clipping["rmin"])
    if "rmax" in clipping:
        r = balls.minimum(r, clipping["rmax"])
    if "dmax" in clipping:
        d = balls.minimum(balls.maximum(d, -clipping["dmax"]), clipping["dmax"])
    return r, d


def moved_averages(
    averages: Averages,
    mean: Ball,
    variance: Ball,
    epsilon: float,
    momentum: float,
    formula: Callable[[Ball, Ball, float], Ball] = _MOVED,
) -> Averages:
    """Return the averages after one update.

    ``momentum`` is the layer's ``renorm_momentum``; ``formula`` `batch_norm_layer.moved`, or of
    Keras 3 `batch_norm_layer.weighted`.
    """
    one = balls.ball(np.ones((), np.float32))
    weights = averages.mean_weight, averages.stddev_weight
    return Averages(
        formula(averages.mean, mean, momentum),
        formula(averages.stddev, standard_deviation(variance, epsilon), momentum),
        *(None if weight is None else formula(weight, one, momentum) for weight in weights),
    )


def debiased_statistics(after: Averages, epsilon: float) -> tuple[Ball, Ball]:
    """Return the mean and variance that weighted averages give, for the moving statistics."""
    if after.mean_weight is None or after.stddev_weight is None:
        raise ValueError("averages without weights are not debiased")
    stddev = after.stddev / after.stddev_weight
    return after.mean / after.mean_weight, balls.square(stddev) - epsilon


def variance_of(moving_stddev: Ball, epsilon: float) -> Ball:
    """Return max(moving_stddev**2 - epsilon, 0): the moving variance without weights."""
    return balls.maximum(moving_stddev * moving_stddev - epsilon, 0.0)
