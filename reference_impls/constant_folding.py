"""What Grappler may make of an operation with a constant operand.

Source: ``tensorflow/core/grappler/optimizers/constant_folding.cc: SimplifyArithmeticOperations``.
"""

from __future__ import annotations

import numpy as np

from reference_impls.underflow import Array, distinct, every_underflow


def subtract_constant_multiple(variable: Array, x: Array, constant: Array) -> list[Array]:
    """Return what ``variable - (-x) * constant`` may be, element by element.

    Each operation may keep or flush subnormals. Grappler may take the product with a constant 0 to
    be 0 though 0 times an infinity or a NaN is NaN, and the product with a constant 1 to be its
    other operand. Up to 2.11 a whole packet of numbers is negated by subtracting them from 0, so
    that the negative of 0 is 0 there (Eigen ``src/Core/arch/AVX/PacketMath.h: pnegate``).
    """
    products = distinct(
        product
        for negated in distinct([-x, 0 - x])
        for product in every_underflow(np.multiply, negated, constant)
    )
    if constant == 0:
        products.append(np.zeros_like(x))
    differences = [
        difference
        for product in products
        for difference in every_underflow(np.subtract, variable, product)
    ]
    # A product known to be 0 need not be subtracted at all.
    return [*differences, variable] if constant == 0 else differences
