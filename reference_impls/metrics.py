"""What ``tf.metrics.mean`` and ``tf.metrics.accuracy`` compute.

Source: ``tensorflow/python/ops/metrics_impl.py: mean, accuracy``. Totals, counts and weights are
float32, whatever the dtypes of labels and predictions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference_impls import balls

if TYPE_CHECKING:
    from reference_impls.balls import Ball

Array = np.ndarray[Any, np.dtype[Any]]


def is_correct(labels: Array, predictions: Array) -> Array:
    """Return 1.0 where predictions, cast to the labels' dtype, equal labels, else 0.0."""
    return np.asarray(predictions.astype(labels.dtype) == labels).astype(np.float32)


def added(total: Array, count: Array, values: Array, weights: Array | None) -> tuple[Ball, Ball]:
    """Return the local variables ``total`` and ``count`` after one batch.

    Parameters
    ----------
    total, count
        Their values before: float32 scalars.
    values
        The batch, float32.
    weights
        Scalar or of the shape of ``values``; None counts every value once.
    """
    if weights is None:
        number = balls.ball(np.asarray(values.size, np.float32))
        return balls.ball(total) + balls.sum(balls.ball(values)), balls.ball(count) + number
    each = np.broadcast_to(weights.astype(np.float32), values.shape)
    weighted = balls.ball(values) * balls.ball(each)
    return (
        balls.ball(total) + balls.sum(weighted),
        balls.ball(count) + balls.sum(balls.ball(each)),
    )


def mean(total: Array, count: Array) -> Ball:
    """Return total / count, or 0 while the count is not positive."""
    if not count > 0:
        return balls.ball(np.zeros((), np.float32))
    return balls.ball(total) / balls.ball(count)
