"""What slim's batch_norm computes: tf.contrib.layers.batch_norm, tf_slim.batch_norm; on balls.

One function with several implementations, chosen by its arguments. They agree on the output, but
not on the variance the moving statistic moves towards (Bessel's correction with the fused kernel),
the dtype of the variables, or the rounding of the decay.

Source: ``tensorflow/contrib/layers/python/layers/layers.py: batch_norm, _fused_batch_norm`` (up to
1.15); ``tf_slim/layers/layers.py``, the functions of these names.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from reference_impls import balls, batch_norm, statistics

if TYPE_CHECKING:
    from reference_impls.balls import Ball
    from reference_impls.batch_norm_layer import Parameters


class Implementation(enum.Enum):
    """Which code a call of batch_norm runs."""

    FUSED = "_fused_batch_norm"
    LAYER = "tf.layers.BatchNormalization"
    FUSED_LAYER = "tf.layers.BatchNormalization, its fused kernel"
    COMPOSED = "moments and batch_normalization"

    @property
    def is_fused(self) -> bool:
        """Whether the fused kernel computes the output and the batch's statistics."""
        return self in (Implementation.FUSED, Implementation.FUSED_LAYER)


def implementation(
    rank: int,
    *,
    fused: bool | None,
    updates_collections: str,
    zero_debias: bool = False,
    batch_weights: bool = False,
    renorm: bool = False,
) -> Implementation:
    """Return what a call with these arguments runs.

    ``updates_collections`` is ``update_ops`` for the constant that is the default, or any other
    name. Only that default runs the layer of ``tf.layers``.
    """
    default = updates_collections == "update_ops"
    fuses = fused is not False and not batch_weights and not renorm and rank in (2, 4)
    if fuses and (zero_debias or rank == 2 or not default):
        return Implementation.FUSED
    if default and not batch_weights and not zero_debias:
        return Implementation.FUSED_LAYER if fuses else Implementation.LAYER
    return Implementation.COMPOSED


def weighted_training(
    x: Ball,
    axis: int,
    parameters: Parameters,
    epsilon: float,
    batch_weights: Ball,
    *,
    zero_without_weight: bool,
) -> tuple[Ball, Ball, Ball]:
    """Return the output and the batch's mean and variance, elements counting by their weights.

    ``batch_weights`` has one weight per element of axis 0; ``zero_without_weight`` is that of
    `statistics.weighted_moments`.
    """
    channel = axis % x.ndim
    axes = tuple(one for one in range(x.ndim) if one != channel)
    weights = balls.reshape(batch_weights, [x.shape[0], *[1] * (x.ndim - 1)])
    mean, variance = statistics.weighted_moments(
        x, axes, weights, keep_dims=False, zero_without_weight=zero_without_weight
    )
    at_channel = [x.shape[one] if one == channel else 1 for one in range(x.ndim)]

    def along(vector: Ball | None) -> Ball | None:
        return None if vector is None else balls.reshape(vector, at_channel)

    y = batch_norm.batch_normalization(
        x,
        balls.reshape(mean, at_channel),
        balls.reshape(variance, at_channel),
        along(parameters.beta),
        along(parameters.gamma),
        epsilon,
    )
    return y, mean, variance
