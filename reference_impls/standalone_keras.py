"""What the standalone keras 2.2 adds to batch normalisation, on balls.

Its output is `batch_norm_layer`'s; its moving statistics are zero-debiased averages
(`moving_averages.zero_debiased`) of the batch's mean and of a variance that it corrects once more.

Source: ``keras/layers/normalization.py: BatchNormalization.call`` and ``keras/backend/
tensorflow_backend.py: moving_average_update`` of keras 2.2.4 and 2.2.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reference_impls import balls

if TYPE_CHECKING:
    from reference_impls.balls import Ball


def sample_variance(variance: Ball, count: int, epsilon: float) -> Ball:
    """Return variance * (n / (n - (1 + epsilon))), in float32; negative for a single element.

    ``variance`` is the batch's, biased, or of the fused kernel already with Bessel's correction.
    """
    n = balls.ball(np.asarray(count, np.float32))
    return variance * (n / (n - (1.0 + epsilon)))
