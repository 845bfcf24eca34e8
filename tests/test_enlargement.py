"""Arrays as large as a check says, or larger by a factor."""

from __future__ import annotations

import math

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from conformance import enlargement
from conformance.strategies import shapes


@pytest.fixture
def enlarged_by_8():
    enlargement.enlarge(8)
    yield
    enlargement.enlarge(1)


def test_lengths_stay_unless_told():
    assert enlargement.longer(19) == 19
    assert enlargement.side(5, 3) == 5


@pytest.mark.usefixtures("enlarged_by_8")
def test_one_axis_takes_the_whole_factor():
    assert enlargement.longer(19) == 152
    assert enlargement.side(19, 1) == 152


@given(st.integers(1, 9), st.integers(1, 5))
@pytest.mark.usefixtures("enlarged_by_8")
def test_axes_share_the_factor(length, rank):
    side = enlargement.side(length, rank)
    # A side is a whole number: it may be off by a half.
    assert abs(side - length * math.pow(8, 1 / rank)) <= 0.5


@pytest.mark.usefixtures("enlarged_by_8")
@given(st.data())
def test_drawn_shapes_keep_to_the_enlarged_sides(data):
    rank = data.draw(st.integers(1, 4))
    shape = data.draw(shapes(rank, 4))
    assert len(shape) == rank
    assert all(1 <= one <= enlargement.side(4, rank) for one in shape)


@pytest.mark.usefixtures("enlarged_by_8")
@pytest.mark.parametrize("rank", [1, 2, 4])
def test_drawn_shapes_reach_the_enlarged_sides(rank):
    longest = enlargement.side(4, rank)
    assert longest > 4
    assert find(shapes(rank, 4), lambda shape: max(shape) == longest)


def test_a_scalar_has_no_side():
    assert enlargement.side(4, 0) == 4
