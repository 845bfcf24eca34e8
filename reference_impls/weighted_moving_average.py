"""What ``moving_averages.weighted_moving_average`` computes.

Source: ``tensorflow/python/training/moving_averages.py: weighted_moving_average``.
"""

from __future__ import annotations

import numpy as np

from reference_impls import balls
from reference_impls.moving_averages import moving_average
from reference_impls.underflow import Array, distinct, every_underflow


def weighted_values(value: Array, weight: Array) -> list[Array]:
    """Return value * weight, with subnormals kept or flushed; a scalar weight broadcasts."""
    return every_underflow(np.multiply, value, weight)


def moved_value_x_weight(before: Array, value: Array, weight: Array, rate: Array) -> list[Array]:
    """Return the slot ``value_x_weight`` after an update: it moves towards value * weight."""
    products = distinct(weighted_values(value, weight))
    return [after for one in products for after in moving_average(before, one, rate)]


def weighted_average(value_x_weight: Array, weight: Array) -> balls.Ball:
    """Return the ratio of the two slots after the update: NaN before any weight was not zero."""
    return balls.ball(value_x_weight) / balls.ball(weight)
