"""How far TensorFlow's CPU kernels of elementary functions are from rounding correctly.

Relative errors in units of the unit roundoff u, over every release from 1.12 to 2.21, for operands
and results in the normal range. A correctly rounded function has 1. The measurements behind the
table, release by release, are in docs/tolerances.md.
"""

from __future__ import annotations

# Eigen's packet functions for float32 start from x86's rsqrtps and rcpps, whose documented relative
# error is e <= 1.5 * 2**-12, and do one Newton step (prsqrt, psqrt and preciprocal in
# Eigen/src/Core/arch/{SSE,AVX}/MathFunctions.h and generic_*_newton_step in
# Eigen/src/Core/MathFunctionsImpl.h). The step leaves 1.5 e**2 = 3.38 u (rsqrt) or e**2 = 2.25 u
# (reciprocal) and adds at most 3 u of its own rounding; sqrt multiplies by the operand, one more u.
# float16 and bfloat16 go through float32. Scalar paths, float64 and the remainder of a packet
# compute 1/sqrt(x) with two roundings: u/s + u s/2 <= 1.5 u for s = sqrt(x) in [1, 2], and terms of
# order u**2.

RSQRT = {"float16": 1.51, "bfloat16": 1.52, "float32": 6.5, "float64": 1.51}
"""Measured: 1.50, 1.50, 4.57 (3.96 from 2.15 on), 1.50."""

SQRT = {"float16": 1.0, "bfloat16": 1.0, "float32": 7.5, "float64": 1.0}
"""Measured: correctly rounded, but for float32 in 1.12 and 1.15: 4.80."""

RECIPROCAL = {"float16": 1.01, "bfloat16": 1.01, "float32": 5.5, "float64": 1.0}
"""Measured: correctly rounded, but for float32 from 2.11 on: 3.36."""

POW = {
    "float16": (1.01, 0.0),
    "bfloat16": (1.01, 0.0),
    "float32": (3.0, 0.08),
    "float64": (3.0, 1.0),
}
"""(a, b): the error of x**y is at most a + b |y log2 x|.

Not derived: at least 1.2 times the largest error found. Eigen's generic_pow (2.11 on) errs by up to
6.9 u at |y log2 x| = 124 in float32 and by 633 u at 994 in float64; std::pow before it, by 1.2 u
and 1.01 u.
"""

POW_HUGE_EXPONENT = {"float32": 2.0**29, "float64": 2.0**61}
"""|y| from which generic_pow takes x**y for 0, 1 or infinity, even for x next to 1.

Its `huge_exponent` is max_exponent ln 2 / epsilon: 7.4e8 and 3.2e18; here, powers of two below.
"""

NEWTON_SQUARES = {"float32"}
"""Where sqrt and rsqrt square an approximation of 1/sqrt(x) in the format itself (1.12, 1.15).

With flushing, that square, or x/2, is zero for x below twice the smallest normal number or above
its reciprocal, and the result is 1.5 times what it should be.
"""

NEWTON_EXCESS = 0.501
"""Relative error there: 1.5 (1 + e) - 1, measured 0.5005."""
