"""The rules of balls one by one: special values, rounding, tightness, judging."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from reference_impls import balls
from reference_impls.balls.formats import FORMATS

INF, NAN = np.inf, np.nan
DTYPES = tuple(FORMATS)
HALF = ("float16", "bfloat16")


def leaf(*values: float, dtype: str = "float32") -> balls.Ball:
    return balls.ball(np.array(values).astype(FORMATS[dtype].dtype))


def smallest(dtype: str) -> float:
    return float(np.ldexp(1.0, FORMATS[dtype].min_exponent))


def definitely(x: balls.Ball, value: float) -> bool:
    equal = (x.centre == value) | (np.isnan(x.centre) & np.isnan(value))
    return bool((equal & (x.radius == 0)).all())


def unclaimed(x: balls.Ball) -> bool:
    return not balls.claimed(x).any()


# Leaves and operands.


@pytest.mark.parametrize("dtype", DTYPES)
def test_leaf_is_exact_but_for_subnormals(dtype: str) -> None:
    tiny = smallest(dtype)
    x = leaf(1.5, tiny, tiny / 2, -tiny / 4, 0.0, INF, NAN, dtype=dtype)
    assert x.dtype == dtype
    assert x.radius.astype(float).tolist() == [0, 0, tiny / 2, tiny / 4, 0, 0, 0]


def test_leaf_of_other_dtypes_is_refused() -> None:
    with pytest.raises(TypeError, match="int32"):
        balls.ball(np.arange(3, dtype=np.int32))
    assert balls.ball(np.arange(3), "float16").dtype == "float16"


def test_scalars_are_rounded_to_the_balls_dtype_first() -> None:
    product = leaf(1.0) * 0.1
    assert float(product.centre[0]) == float(np.float32(0.1)) != 0.1


@pytest.mark.parametrize(
    "other",
    [
        leaf(1.0, dtype="float64"),
        np.ones(1),
        np.float64(1),
        np.ones(1, ml_dtypes.bfloat16),
        np.ones(1, np.int32),
    ],
)
def test_other_dtypes_are_refused(other: Any) -> None:
    x = leaf(1.0)
    for combine in (lambda: x + other, lambda: other * x, lambda: balls.maximum(x, other)):
        with pytest.raises(TypeError, match=r"float32|int32"):
            combine()


def test_arrays_of_the_same_dtype_mix_from_both_sides_and_broadcast() -> None:
    x = leaf(1.0, 2.0)
    column = np.array([[3], [5]], np.float32)
    assert ((column - x) + (x - column)).centre.tolist() == [[0, 0], [0, 0]]
    assert (column / x).shape == (2, 2)
    assert (2**3 * x).centre.tolist() == [8, 16]


# NaN and infinities.


@pytest.mark.parametrize("dtype", DTYPES)
def test_definite_nan_and_infinity_propagate(dtype: str) -> None:
    inf, nan, one = (leaf(v, dtype=dtype) for v in (INF, NAN, 1.0))
    inexact = one / leaf(3.0, dtype=dtype)
    for result in (nan + inexact, nan * inexact, inexact / nan, balls.square(nan), inf - inf):
        assert definitely(result, NAN)
    for result in (inf + inexact, inf * inexact, inf / inexact, balls.square(-inf), 1 / (one * 0)):
        assert definitely(result, INF)
    assert definitely(inf / -inexact, -INF)
    assert definitely(inexact / inf, 0)
    assert definitely(inf * 0, NAN)
    assert definitely(inf / inf, NAN)
    assert definitely((one - 1) / (one - 1), NAN)


def test_balls_around_zero_decide_neither_sign_nor_nan() -> None:
    near_zero = leaf(0.1) - leaf(0.1) * 1
    assert near_zero.centre[0] == 0 < near_zero.radius[0]
    for result in (
        leaf(INF) * near_zero,
        leaf(1.0) / near_zero,
        leaf(INF) / near_zero,
        near_zero / 0,
        balls.sqrt(near_zero),
        balls.rsqrt(near_zero),
    ):
        assert unclaimed(result)


def test_no_claim_stays_no_claim() -> None:
    nothing = leaf(1.0) / (leaf(0.1) - leaf(0.1) * 1)
    for result in (
        nothing + 1,
        nothing * 0,
        nothing - nothing,
        1 / nothing,
        nothing / leaf(INF),
        nothing * leaf(NAN),
        balls.square(nothing),
        balls.rsqrt(nothing),
        balls.maximum(nothing, INF),
        balls.sum(nothing),
        balls.mean(nothing),
        balls.cast(nothing, "float16"),
        balls.reciprocal(nothing),
        nothing**2.0,
    ):
        assert unclaimed(result)


def test_infinite_divided_by_zero_takes_the_sign_of_a_positive_zero_only() -> None:
    assert definitely(leaf(1.0) / leaf(0.0), INF)
    assert definitely(leaf(-1.0) / leaf(0.0), -INF)
    assert definitely(leaf(0.0) / leaf(0.0), NAN)
    assert unclaimed(leaf(1.0) / leaf(-0.0))
    assert unclaimed(leaf(1.0) / balls.maximum(leaf(0.0), leaf(-0.0)))


def test_zeros_stay_exact_and_signs_of_zero_compare_equal() -> None:
    zero, x = leaf(0.0), leaf(0.1) / leaf(3.0)
    three = leaf(3.0)
    for result in (
        zero * x,
        zero / x,
        balls.sum(zero * np.ones(4, np.float32)),
        -zero,
        zero + zero,
    ):
        assert definitely(result, 0)
    # The subtraction is exact, but its rounding bound is of the operands' difference: zero.
    assert definitely(three - three, 0)
    assert balls.contains(zero, np.array([-0.0], np.float32)).all()


def test_maximum_of_one_nan_claims_nothing_and_of_two_is_nan() -> None:
    assert unclaimed(balls.maximum(leaf(NAN), leaf(1.0)))
    assert unclaimed(balls.minimum(leaf(1.0), leaf(NAN)))
    assert definitely(balls.maximum(leaf(NAN), leaf(NAN)), NAN)
    assert definitely(balls.minimum(leaf(-INF), leaf(1.0)), -INF)


# Overflow and underflow.


@pytest.mark.parametrize("dtype", DTYPES)
def test_overflow_begins_at_largest_plus_half_an_ulp(dtype: str) -> None:
    fmt = FORMATS[dtype]
    largest = balls.ball(np.atleast_1d(np.asarray(fmt.largest).astype(fmt.dtype)))
    half_ulp = balls.ball(
        np.atleast_1d(np.ldexp(1.0, fmt.max_exponent - fmt.precision)).astype(fmt.dtype)
    )
    assert balls.claimed(largest + 0).all()
    assert balls.contains(largest + half_ulp * 0.5, largest.centre.astype(fmt.dtype)).all()
    assert unclaimed(largest + half_ulp) or definitely(largest + half_ulp, INF)
    assert definitely(largest + half_ulp * 1.5, INF)
    assert definitely(-largest * 2, -INF)


def test_overflow_of_an_inexact_operand_is_unclaimed_near_the_threshold() -> None:
    largest = float(np.finfo(np.float32).max)
    inexact = leaf(largest) / leaf(3.0) * 3.0
    assert unclaimed(inexact)
    assert definitely(leaf(largest) / leaf(3.0) * 4.0, INF)


def test_sum_that_some_order_overflows_claims_nothing() -> None:
    big = float(np.finfo(np.float32).max) * 0.75
    assert unclaimed(balls.sum(leaf(big, big, -big)))
    assert definitely(balls.sum(leaf(big, big, 1.0)), INF)
    assert definitely(balls.sum(leaf(INF, big, 1.0)), INF)
    assert unclaimed(balls.sum(leaf(INF, -big, -big)))
    assert definitely(balls.sum(leaf(INF, -INF, 1.0)), NAN)
    assert definitely(balls.sum(leaf(NAN, 1.0)), NAN)
    # Each sign alone stays finite, so every order does.
    assert balls.claimed(balls.sum(leaf(big, -big))).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_mean_of_a_sum_that_overflows(dtype: str) -> None:
    big = float(FORMATS[dtype].largest) * 0.75
    result = balls.mean(leaf(big, big, dtype=dtype))
    # Half formats may be summed in float32.
    assert unclaimed(result) if dtype in HALF else definitely(result, INF)
    assert definitely(balls.mean(leaf(INF, 1.0, dtype=dtype)), INF)


def test_means_without_or_with_too_many_terms_claim_nothing() -> None:
    assert unclaimed(balls.mean(leaf(), keepdims=True))
    many = balls.broadcast_to(leaf(1.0, dtype="float16"), (40_000,))
    assert unclaimed(balls.mean(many, keepdims=True))


@pytest.mark.parametrize("dtype", DTYPES)
def test_results_below_the_smallest_normal_may_be_flushed(dtype: str) -> None:
    fmt = FORMATS[dtype]
    tiny = smallest(dtype)
    product = leaf(tiny, -tiny, dtype=dtype) * 0.75
    assert balls.contains(product, np.zeros(2, fmt.dtype)).all()
    kept = np.array([tiny, -tiny]).astype(fmt.dtype) * fmt.dtype.type(0.75)
    assert balls.contains(product, kept).all()
    assert not balls.contains(product, np.array([-tiny, tiny]).astype(fmt.dtype)).any()
    partial = balls.sum(leaf(1.5 * tiny, -tiny, tiny, dtype=dtype))
    flushed = fmt.dtype.type(tiny)
    assert balls.contains(partial, np.asarray(flushed)).all()


# sqrt, rsqrt, pow.


def test_rsqrt_special_values() -> None:
    for dtype in DTYPES:
        assert definitely(balls.rsqrt(leaf(-1.0, dtype=dtype)), NAN)
        assert definitely(balls.rsqrt(leaf(NAN, dtype=dtype)), NAN)
        assert unclaimed(balls.rsqrt(leaf(INF, dtype=dtype)))
        assert unclaimed(balls.rsqrt(leaf(-0.0, dtype=dtype)))
        assert unclaimed(balls.rsqrt(leaf(smallest(dtype) / 2, dtype=dtype)))
    assert definitely(balls.rsqrt(leaf(0.0)), INF)
    assert unclaimed(balls.rsqrt(leaf(0.0, dtype="bfloat16")))


def test_sqrt_special_values() -> None:
    assert definitely(balls.sqrt(leaf(-1.0, -INF, NAN)), NAN)
    assert definitely(balls.sqrt(leaf(0.0)), 0)
    assert unclaimed(balls.sqrt(leaf(INF)))
    assert definitely(balls.sqrt(leaf(INF, dtype="float64")), INF)
    assert balls.contains(balls.sqrt(leaf(1e-40)), np.zeros(1, np.float32)).all()


def test_float32_roots_allow_half_too_much_where_old_kernels_flush() -> None:
    for x in (1.5 * 2.0**-126, 2.0**127):
        for function, exact in ((balls.sqrt, x**0.5), (balls.rsqrt, x**-0.5)):
            assert balls.contains(function(leaf(x)), np.array([1.5 * exact], np.float32)).all()
    x = 2.0**-124
    assert not balls.contains(balls.sqrt(leaf(x)), np.array([1.5 * x**0.5], np.float32)).any()


def test_power() -> None:
    assert balls.contains(leaf(2.0) ** leaf(10.0), np.array([1024], np.float32)).all()
    assert balls.contains(leaf(-2.0) ** 3.0, np.array([-8], np.float32)).all()
    assert definitely(leaf(0.0) ** 2.0, 0)
    assert definitely(leaf(-2.0) ** 0.5, NAN)
    assert definitely(leaf(2.0) ** 1000.0, INF)
    assert unclaimed(leaf(0.0) ** -1.0)
    assert unclaimed(leaf(INF) ** 2.0)
    # Eigen gives 0, far from exp(-64).
    assert unclaimed(leaf(1 - 2.0**-24) ** 2.0**30)
    assert unclaimed((leaf(0.1) - leaf(0.1) * 1) ** 2.0)


def test_what_is_known_not_to_be_negative_keeps_a_claim_under_rsqrt() -> None:
    constant = leaf(*[2e4 + 0.1] * 50)
    deviation = balls.squared_difference(constant, balls.mean(constant))
    variance = balls.mean(deviation)
    assert variance.centre + 1e-3 < variance.radius
    scale = balls.rsqrt(variance * 1.02 + 1e-3)
    assert balls.claimed(scale).all()
    assert balls.contains(scale, np.float32(1e-3**-0.5)).all()
    assert unclaimed(balls.rsqrt(variance - 1e-3))


# Conversions, rearrangements, hulls.


def test_cast_rounds_to_narrower_and_is_exact_to_wider_formats() -> None:
    x = leaf(1 / 3, dtype="float16")
    assert balls.cast(x, "float32").radius[0] == 0
    assert balls.cast(leaf(1 / 3, dtype="bfloat16"), "float32").radius[0] == 0
    narrow = balls.cast(leaf(1 / 3), "float16")
    assert 0 < narrow.radius[0] < 2.0**-11 / 2
    assert definitely(balls.cast(leaf(7e4), "float16"), INF)
    assert balls.claimed(balls.cast(leaf(7e4), "bfloat16")).all()
    assert balls.cast(x, "bfloat16").radius[0] > 0
    assert balls.cast(x, "float16") is x


def test_rearrangements_move_centre_and_radius_together() -> None:
    x = leaf(1.0, 2.0, 3.0) / leaf(3.0)
    y = balls.reshape(balls.stack([x, x * 2]), (3, 2))
    assert balls.transpose(y).shape == (2, 3)
    assert balls.concatenate([y, y], axis=1).shape == (3, 4)
    assert (y[1:].radius == y.radius[1:]).all()
    chosen = balls.where(np.array([True, False, True]), x, 0.0)
    assert chosen.radius[1] == 0 < chosen.radius[0] == x.radius[0]
    assert (balls.broadcast_to(x, (2, 3)).centre == x.centre).all()


def test_hull_holds_both_and_is_smallest() -> None:
    x, y = leaf(1.0), leaf(3.0)
    both = balls.hull(x, y)
    assert both.centre[0] == 2
    assert 1 <= both.radius[0] < 1 + 1e-12
    assert (balls.hull(x, x).radius == 0).all()
    assert definitely(balls.hull(leaf(NAN), leaf(NAN)), NAN)
    assert definitely(balls.hull(leaf(INF), leaf(INF)), INF)
    assert unclaimed(balls.hull(leaf(INF), x))
    assert unclaimed(balls.hull(leaf(NAN), leaf(INF)))
    assert unclaimed(balls.hull(leaf(INF), leaf(-INF)))


def test_division_by_a_constant_allows_multiplication_by_its_reciprocal() -> None:
    x = np.linspace(1, 2, 1001, dtype=np.float32)
    product = x * (np.float32(1) / np.float32(3))
    assert (product != x / np.float32(3)).any()
    assert balls.contains(balls.ball(x) / 3.0, product).all()
    assert not balls.contains(balls.ball(x) / leaf(3.0), product).all()


# Tightness: the worst error a search finds, in radii. 0.85 in one operation means that no radius
# a fifth narrower would do; where several operations compound, their worst cases seldom meet.


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize(
    ("operation", "reached"),
    [
        ("add", 0.85),
        ("multiply", 0.85),
        ("divide", 0.85),
        ("square", 0.85),
        ("cast", 0.85),
        ("chain", 0.7),
        ("squared_difference", 0.5),
        ("mean", 0.4),
    ],
)
def test_worst_error_found_nearly_reaches_the_radius(
    dtype: str, operation: str, reached: float
) -> None:
    fmt = FORMATS[dtype]
    rng = np.random.default_rng(7)
    # Just above powers of two a rounding error is largest relative to the result.
    x, y, z = (1 + rng.random((3, 100_000)) * 2 ** rng.uniform(-9, 0, (3, 100_000))).astype(
        fmt.dtype
    )
    a, b, c = map(balls.ball, (x, y, z))
    three, quarter = fmt.dtype.type(3), fmt.dtype.type(0.25)
    doubles = x.astype(float) * (1 + rng.random(x.size) * 2.0 ** (1 - fmt.precision))
    ball, values = {
        "add": lambda: (a + b * 0.25, x + y * quarter),
        "multiply": lambda: (a * b, x * y),
        "divide": lambda: (a / b, x / y),
        "square": lambda: (balls.square(a), x * x),
        "cast": lambda: (balls.cast(balls.ball(doubles), dtype), doubles.astype(fmt.dtype)),
        "chain": lambda: (a * b * c + a, x * y * z + x),
        "squared_difference": lambda: (
            balls.squared_difference(a, b * 0.25),
            (x - y * quarter) * (x - y * quarter),
        ),
        "mean": lambda: (balls.mean(balls.stack([a, b, c]), 0), (x + y + z) / three),
    }[operation]()
    assert reached <= balls.bound_fraction(ball, values).max() <= 1


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("count", [2, 8, 100])
def test_worst_order_of_a_sum_nearly_reaches_the_radius(dtype: str, count: int) -> None:
    fmt = FORMATS[dtype]
    # Added one by one to 1, each u is lost to a tie.
    terms = np.full(count, fmt.unit_roundoff).astype(fmt.dtype)
    terms[0] = 1
    result = balls.sum(balls.ball(terms))
    fraction = balls.bound_fraction(result, np.ones((), fmt.dtype))
    magnitudes = 1 + (count - 1) * float(fmt.unit_roundoff)
    # float16 has so few exponents that u times it may be flushed in some order.
    reached = 0.80 if dtype == "float16" else 0.97
    assert reached / magnitudes <= fraction <= 1
    ones = balls.ball(np.ones((count, 1), fmt.dtype))
    product = balls.matmul(balls.ball(terms[None]), ones)
    fraction = balls.bound_fraction(product, np.ones((1, 1), fmt.dtype))
    assert reached * 0.95 * (count - 1) / count / magnitudes**2 <= fraction.item() <= 1


@pytest.mark.parametrize("dtype", DTYPES)
def test_flushing_nearly_reaches_the_radius(dtype: str) -> None:
    fmt = FORMATS[dtype]
    x = balls.ball(np.array([smallest(dtype)]).astype(fmt.dtype))
    below = float(np.nextafter(fmt.dtype.type(1), fmt.dtype.type(0)))
    fraction = balls.bound_fraction(x * below, np.zeros(1, fmt.dtype))
    assert 0.95 <= fraction[0] <= 1
    # All that may become of a subnormal operand is zero.
    leaf_fraction = balls.bound_fraction(leaf(smallest(dtype) / 2, dtype=dtype), np.zeros(1, dtype))
    assert leaf_fraction[0] == 1


# Judging.


def test_judging_values_no_ball_of_radius_zero_allows() -> None:
    x = leaf(1.0, 1.0, 1.0, NAN, NAN, INF, INF)
    observed = np.array([1, 1.0000001, NAN, NAN, 1, INF, -INF], np.float32)
    assert balls.contains(x, observed).tolist() == [True, False, False, True, False, True, False]
    assert balls.bound_fraction(x, observed).tolist() == [0, INF, INF, 0, INF, 0, INF]


def test_judging_counts_radii_and_leaves_out_what_is_not_claimed() -> None:
    x = leaf(1.0, 1.0, 0.0) / leaf(3.0, 0.0, 3.0) + leaf(0.0, -INF, 0.0)
    x = balls.concatenate([x, leaf(1.0) / (leaf(0.1) - leaf(0.1) * 1)])
    off = np.array([np.nextafter(np.float32(1 / 3), np.float32(1)), NAN, 0, 5], np.float32)
    fraction = balls.bound_fraction(x, off)
    assert fraction[0] == (float(off[0]) - x.centre[0]) / x.radius[0]
    assert fraction[1:3].tolist() == [0, 0]
    assert np.isnan(fraction[3])
    assert balls.contains(x, off).all()
    assert balls.claimed(x).tolist() == [True, True, True, False]
    assert balls.bound_fraction(x[:1], np.array([INF], np.float32))[0] == INF


def test_judging_refuses_other_shapes_and_dtypes() -> None:
    with pytest.raises(ValueError, match="shape"):
        balls.contains(leaf(1.0), np.ones(2, np.float32))
    with pytest.raises(TypeError, match="float64"):
        balls.contains(leaf(1.0), np.ones(1))


def test_ulp_distance() -> None:
    one = np.float32(1)
    above = np.nextafter(one, np.float32(2))
    assert balls.ulp_distance(above, 1.0, "float32") == 1
    assert balls.ulp_distance(one, 1 + 2.0**-24, "float32") == 0.5
    assert balls.ulp_distance(np.float32(1e-45), 0.0, "float32") == 1
    pairs = balls.ulp_distance(
        np.array([NAN, INF, 1, NAN], np.float32), np.array([NAN, INF, INF, 1]), "float32"
    )
    assert pairs.tolist() == [0, 0, INF, INF]
