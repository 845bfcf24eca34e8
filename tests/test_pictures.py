"""The numbers behind the pictures, and how numbers and arrays are written."""

from __future__ import annotations

import math
from typing import Any

import ml_dtypes
import numpy as np
import pytest
import sample_reports as sample

from reports import arrays, heatmap, picture, wording


@pytest.mark.parametrize(
    "dtype", ["float16", "float32", "float64", ml_dtypes.bfloat16, "int32", "uint8", "bool"]
)
def test_numbers_are_exact(dtype: Any) -> None:
    values = np.array([0, 1, 0.1, 2 / 3]).astype(dtype)
    assert arrays.numbers(sample.array(values)) == [float(value) for value in values]


def test_numbers_fall_back_on_text_and_refuse_what_is_none() -> None:
    array = sample.array(np.float32([0.5, np.inf])) | {"hex": None}
    assert arrays.numbers(array) == [0.5, math.inf]
    assert arrays.numbers(array | {"values": ["moving_mean:0"]}) is None
    assert arrays.numbers(array | {"hex": "00"}) is None


def test_distances_in_radii() -> None:
    failure = sample.batch_norm_failure() | {
        "expected": sample.array([1.0, 1.0, np.inf, np.nan, 1.0, 1.0, np.inf]),
        "radius": sample.array([0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0]),
        "observed": sample.array([1.25, 0.0, np.inf, np.nan, 1.0, 2.0, np.nan]),
    }
    distances = arrays.distances(failure)
    assert distances is not None
    assert distances.signed == [0.5, -2.0, 0.0, 0.0, 0.0, math.inf, math.inf]
    assert (distances.unit, distances.limit, distances.outside) == ("radii", 1.0, 3)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ml_dtypes.bfloat16])
def test_distances_in_ulp(dtype: Any) -> None:
    expected = np.array([1, 1, 0.0, -1, 1], dtype)
    observed = np.array([np.nextafter(expected[0], dtype(2)), 1, -0.0, 0, np.nan], dtype)
    observed[3] = np.nextafter(expected[3], dtype(-2))
    failure = sample.bits_failure() | {
        "expected": sample.array(expected),
        "observed": sample.array(observed),
    }
    distances = arrays.distances(failure)
    assert distances is not None
    assert distances.signed == [1.0, 0.0, -1.0, -1.0, math.inf]
    assert (distances.unit, distances.outside) == ("ulp", 4)


@pytest.mark.parametrize(
    "change",
    [
        {"observed": None},
        {"observed": sample.array(np.zeros(2))},
        {"observed": sample.array(np.zeros((2, 2, 2, 3))) | {"values": ["x"], "hex": None}},
        {"radius": sample.array(np.zeros(1))},
        {"observed": sample.array(np.zeros((2, 2, 2, 3), np.int32)), "radius": None},
    ],
)
def test_there_is_no_picture_of_what_cannot_be_measured(change: dict[str, Any]) -> None:
    assert arrays.distances(sample.batch_norm_failure() | change) is None


def test_plot_keeps_the_worst_of_many_elements() -> None:
    signed = [0.5] * 1000
    signed[617] = -1e6
    indices = arrays.indices([10, 100])
    plot = picture.error_plot(arrays.Distances("radii", signed, 1.0), indices)
    (outside,) = [point for point in plot.points if point.outside]
    assert len(plot.points) <= 200
    assert outside.y > plot.band_bottom > plot.zero > plot.band_top
    assert "[6, 17]" in plot.caption
    assert "1 of 1 000" in plot.caption.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert all(0 <= point.y <= plot.height for point in plot.points)
    assert all(plot.left <= point.x <= plot.right for point in plot.points)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, "–"),
        ("inf", "∞"),
        ("nan", "NaN"),
        (0.0, "0"),
        (0.4249, "0.425"),
        (1.0, "1"),
        (2768.4, "2768"),
        (1.23e6, "1.2×10⁶"),
        (-4.5e-7, "−4.5×10⁻⁷"),
    ],
)
def test_wording_of_measures(number: Any, text: str) -> None:
    assert wording.measure(number) == text


def test_arrays_are_nested_as_numpy_prints_them() -> None:
    assert arrays.as_text(sample.array(np.arange(4).reshape(2, 2))) == "[[0, 1],\n [2, 3]]"
    assert arrays.as_text(sample.array(np.float32(0.1))) == "0.1"
    assert arrays.as_text(sample.array(np.arange(100))).endswith("63, … 36 more")


def heat_map_of(signed: np.ndarray, unit: str = "radii") -> heatmap.HeatMap | None:
    distances = arrays.Distances(unit, signed.ravel().tolist(), 1.0 if unit == "radii" else 0.0)
    return heatmap.heat_map(distances, signed.shape, arrays.indices(list(signed.shape)))


def squares(drawn: heatmap.HeatMap) -> dict[str, int]:
    return {level.words: level.cells.count("M") for level in drawn.levels}


def test_a_map_shows_each_element_by_the_size_of_its_error() -> None:
    signed = np.zeros((4, 3, 10))
    signed[1, 2, 3], signed[0, 0, :2], signed[3, 1, 9] = -5, 0.7, math.inf
    drawn = heat_map_of(signed)
    assert drawn is not None
    assert squares(drawn) == {
        "up to 0.25 radii": 116,
        "up to 1 radii": 2,
        "up to 10 radii": 1,
        "infinitely far": 1,
    }
    assert [bool(level.marks) for level in drawn.levels] == [False, False, True, True]
    assert "2 of 120 elements outside the ball; the farthest, at [3, 1, 9]" in drawn.caption
    assert "rows are axes 0 to 1, columns axis 2" in drawn.caption
    assert [label.text for label in drawn.labels] == ["0, 0", "3, 2", "0", "9"]


def test_a_map_of_bits_calls_nothing_but_equal_bits_inside() -> None:
    signed = np.zeros((8, 8))
    signed[0, :3] = [1, -2, 5000]
    drawn = heat_map_of(signed, "ulp")
    assert drawn is not None
    assert squares(drawn) == {"0 ulp": 61, "up to 1 ulp": 1, "up to 10 ulp": 1, "over 1000 ulp": 1}
    assert [level.tone.startswith("inside") for level in drawn.levels] == [True] + [False] * 3


def test_a_map_of_many_elements_keeps_the_worst() -> None:
    signed = np.full((500, 400), 0.1)
    signed[499, 399] = 3
    drawn = heat_map_of(signed)
    assert drawn is not None
    cells = squares(drawn)
    assert cells["up to 10 radii"] == 1
    assert sum(cells.values()) <= 48 * 96
    assert "Each cell is the worst of 11 × 5 neighbours." in drawn.caption


@pytest.mark.parametrize("shape", [(1000,), (1, 64, 1), (3, 5), ()])
def test_few_values_and_single_axes_are_plotted_against_the_ball(shape: tuple[int, ...]) -> None:
    assert heat_map_of(np.zeros(shape)) is None
