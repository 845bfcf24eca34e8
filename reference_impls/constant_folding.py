"""What Grappler may make of an operation with a constant operand.

Source: ``tensorflow/core/grappler/optimizers/constant_folding.cc: SimplifyArithmeticOperations``.
"""

from __future__ import annotations

import numpy as np

from reference_impls.moving_averages import UNDERFLOW_MODES, Array


def multiply_by_constant(x: Array, constant: Array) -> list[Array]:
    """Return what ``x * constant`` may be, element by element.

    The product, with subnormals kept or flushed; for a constant 0 also zeros, though 0 times an
    infinity or a NaN is NaN; for a constant 1 also ``x`` itself.
    """
    with np.errstate(all="ignore"):
        products = [
            np.asarray(result(np.asarray(operand(x) * operand(constant))))
            for operand, result in UNDERFLOW_MODES
        ]
    folded = np.zeros_like(x) if constant == 0 else x
    return [*products, folded] if constant in (0, 1) else products
