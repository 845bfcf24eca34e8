"""What Grappler may make of an operation with a constant operand.

Source: ``tensorflow/core/grappler/optimizers/constant_folding.cc: SimplifyArithmeticOperations``.
"""

from __future__ import annotations

import itertools

import numpy as np

from reference_impls.moving_averages import UNDERFLOW_MODES, Array


def subtract_constant_multiple(variable: Array, x: Array, constant: Array) -> list[Array]:
    """Return what ``variable - (-x) * constant`` may be, element by element.

    Each operation may keep or flush subnormals. Grappler may take the product with a constant 0 to
    be 0 though 0 times an infinity or a NaN is NaN, and the product with a constant 1 to be its
    other operand.
    """
    with np.errstate(all="ignore"):
        products = [
            np.asarray(result(np.asarray(operand(-x) * operand(constant))))
            for operand, result in UNDERFLOW_MODES
        ]
        if constant == 0:
            products.append(np.zeros_like(x))
        differences = [
            np.asarray(result(np.asarray(operand(variable) - operand(product))))
            for product, (operand, result) in itertools.product(products, UNDERFLOW_MODES)
        ]
    # A product known to be 0 need not be subtracted at all.
    return [*differences, variable] if constant == 0 else differences
