"""What flushing may make of an operation, in the dtype it is computed in."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from reference_impls.moving_averages import moving_average
from reference_impls.underflow import every_underflow

SMALLEST = 2.0**-126  # the smallest normal number of float32, and of bfloat16


@pytest.mark.parametrize("dtype", [np.float32, ml_dtypes.bfloat16])
def test_subnormal_results_and_operands_may_be_zero(dtype):
    half, two = np.array([0.5], dtype), np.array([2.0], dtype)
    smallest = np.array([-SMALLEST], dtype)
    assert [one.tolist() for one in every_underflow(np.multiply, smallest, half)] == [
        [-SMALLEST / 2],
        [0.0],
        [0.0],
    ]
    kept, results, operands = every_underflow(np.multiply, smallest / two, two)
    assert [kept[0], results[0], operands[0]] == [-SMALLEST, -SMALLEST, 0.0]


def test_bfloat16_is_flushed_before_it_is_rounded():
    below = np.array([-(2 - 2**-7) * SMALLEST], ml_dtypes.bfloat16)
    rate = np.array(0.5, ml_dtypes.bfloat16)
    products = every_underflow(np.multiply, below, rate)
    assert {float(one[0]) for one in products} == {-SMALLEST, 0.0}
    zero = np.zeros_like(below)
    assert {float(one[0]) for one in moving_average(zero, below, rate)} == {-SMALLEST, 0.0}
