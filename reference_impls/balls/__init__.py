"""Ball arithmetic: what a TensorFlow may compute, whatever its order of operations.

A reference is ordinary array code; on balls it gives, for every element, the exact answer and a
proven radius that holds what any association order, with or without FMA and with or without flushed
subnormals, may make of it in the subject's dtype. docs/tolerances.md has the rules.
"""

from reference_impls.balls.arithmetic import Ball, ball, hull, reciprocal
from reference_impls.balls.formats import FORMATS, Format, format_of
from reference_impls.balls.functions import (
    absolute,
    broadcast_to,
    cast,
    concatenate,
    maximum,
    minimum,
    pow,  # noqa: A004
    reshape,
    rsqrt,
    sqrt,
    square,
    squared_difference,
    stack,
    transpose,
    where,
)
from reference_impls.balls.judging import bound_fraction, claimed, contains, measured, ulp_distance
from reference_impls.balls.reductions import matmul, mean, sum  # noqa: A004

__all__ = [
    "FORMATS",
    "Ball",
    "Format",
    "absolute",
    "ball",
    "bound_fraction",
    "broadcast_to",
    "cast",
    "claimed",
    "concatenate",
    "contains",
    "format_of",
    "hull",
    "matmul",
    "maximum",
    "mean",
    "measured",
    "minimum",
    "pow",
    "reciprocal",
    "reshape",
    "rsqrt",
    "sqrt",
    "square",
    "squared_difference",
    "stack",
    "sum",
    "transpose",
    "ulp_distance",
    "where",
]
