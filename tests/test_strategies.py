"""Recipes of inputs: the same everywhere, in the regime they name, and easy to shrink."""

from __future__ import annotations

import hashlib

import ml_dtypes
import numpy as np
import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from conformance.strategies import (
    ALL,
    FINITE,
    FLOATS,
    REGIMES,
    TAME,
    arrays,
    decays,
    dtype_of,
    finfo,
    make_array,
    variants,
)

dtypes = st.sampled_from(FLOATS)
shapes = st.lists(st.integers(0, 4), max_size=4)
seeds = st.integers(0, 2**31 - 1)


def wide(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float64)


@given(dtypes, shapes, st.sampled_from(ALL), seeds)
def test_a_recipe_always_gives_the_same_array(dtype, shape, regime, seed):
    first, again = (make_array(dtype, shape, regime, seed) for _ in range(2))
    assert (first.dtype, first.shape) == (dtype_of(dtype), tuple(shape))
    assert first.tobytes() == again.tobytes()


def test_recipes_are_the_same_on_every_platform():
    """Reports of different machines are compared: their inputs must not depend on NumPy's."""
    digest = hashlib.blake2b(digest_size=8)
    for dtype in FLOATS:
        for regime in ALL:
            array = make_array(dtype, (3, 5), regime, 12345)
            nan = np.asarray(np.nan, array.dtype)
            digest.update(np.where(np.isnan(array), nan, array).tobytes())
    assert digest.hexdigest() == "02b7696e0a90303b"


@given(dtypes, st.sampled_from(FINITE), seeds)
def test_finite_regimes_are_finite(dtype, regime, seed):
    assert np.isfinite(wide(make_array(dtype, (4, 4), regime, seed))).all()


@given(dtypes, st.sampled_from(TAME), seeds)
def test_tame_regimes_leave_room_for_squares_and_sums(dtype, regime, seed):
    array = wide(make_array(dtype, (4, 4), regime, seed))
    limit = float(finfo(dtype_of(dtype)).max)
    assert np.abs(array).max() <= (4096 if dtype == "float16" else np.sqrt(limit) / 16)


@pytest.mark.parametrize("dtype", FLOATS)
def test_regimes_are_what_they_say(dtype):
    info = finfo(dtype_of(dtype))
    made = {name: wide(make_array(dtype, (64,), name, 7)) for name in REGIMES}
    smallest = float(info.smallest_normal)
    assert np.all(made["simple"] == np.round(made["simple"]))
    assert np.ptp(made["constant"]) == 0
    assert np.ptp(made["unit"]) > 1
    assert np.mean(made["sparse"] == 0) > 0.5
    zeros = made["signed_zeros"][made["signed_zeros"] == 0]
    assert {False, True} == set(np.signbit(zeros).tolist())
    assert np.abs(made["subnormal"]).max() < smallest
    assert np.count_nonzero(made["subnormal"]) > 0
    assert smallest < np.abs(made["tiny"]).max() < smallest * 64
    assert np.abs(made["huge"]).max() > float(info.max) / 8
    assert np.abs(made["large_offset"] - 10000).max() <= 32
    magnitude = np.abs(made["wide"][made["wide"] != 0])
    assert magnitude.max() / magnitude.min() > 2.0 ** (int(info.maxexp) / 2)
    assert np.isposinf(made["infinities"]).any()
    assert np.isneginf(made["infinities"]).any()
    assert np.isnan(made["nans"]).any()
    assert not np.isnan(made["nans"]).all()


def test_arrays_shrink_to_the_plainest_regime():
    smallest = find(arrays("float32", (3,)), lambda array: np.any(array != 0))
    assert np.all(smallest == np.round(smallest))
    with_nan = find(arrays("float32", (3,)), lambda array: np.isnan(array).any())
    assert with_nan.dtype == np.float32


@given(decays())
def test_decays_are_decays_of_float32(decay):
    assert 0 <= decay <= 1
    assert np.isfinite(np.float32(decay))


def test_bfloat16_is_known_by_its_name():
    assert dtype_of("bfloat16") == np.dtype(ml_dtypes.bfloat16)
    assert finfo(dtype_of("bfloat16")).bits == 16


def test_variants_have_every_value_of_every_option():
    strategy = variants(rank=(2, 3, 4), flag=(False, True), epsilon=(0.1,))
    seen = [find(strategy, lambda one, rank=rank: one["rank"] == rank) for rank in (2, 3, 4)]
    assert {one["flag"] for one in seen} == {False, True}
    assert all(one["epsilon"] == 0.1 for one in seen)
