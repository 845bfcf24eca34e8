"""The error of each element of an array of two axes or more, as a map in SVG user units.

An error is shown by its size in radii (or ulp). What is outside the ball has a mark besides its
colour, and what no number says (an infinity, a NaN) has a cross.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.picture import describe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.arrays import Distances

# Fewer elements are seen better as a plot against the ball.
_FEWEST = 32
_MOST_COLUMNS, _MOST_ROWS = 96, 48
_LEFT, _TOP, _WIDTH, _HEIGHT = 52.0, 18.0, 580.0, 320.0
_LARGEST_CELL = 26.0
_LEVELS = {"radii": (0.25, 0.5, 1.0, 10.0, 1000.0), "ulp": (0.0, 1.0, 10.0, 1000.0)}


@dataclass(frozen=True)
class Level:
    """All cells whose error is of one size: a path of squares, and one of marks."""

    tone: str
    words: str
    cells: str
    marks: str


@dataclass(frozen=True)
class Label:
    """An index at the edge of the map."""

    x: float
    y: float
    anchor: str
    text: str


@dataclass(frozen=True)
class HeatMap:
    """Cells by row and column; each of several neighbours shows the worst of them."""

    levels: list[Level]
    labels: list[Label]
    rules: str
    caption: str
    width: float
    height: float


def heat_map(
    distances: Distances, shape: Sequence[int], indices: list[tuple[int, ...]]
) -> HeatMap | None:
    """Lay out `distances`, row-major over `shape`; None where a plot shows more."""
    if sum(size > 1 for size in shape) < 2 or len(distances.signed) < _FEWEST:
        return None
    axis = _fold(shape)
    rows, columns = math.prod(shape[:axis]), math.prod(shape[axis:])
    tall, wide = math.ceil(rows / _MOST_ROWS), math.ceil(columns / _MOST_COLUMNS)
    worst = _binned([abs(distance) for distance in distances.signed], columns, tall, wide)
    down, across = len(worst), len(worst[0])
    side = min(_LARGEST_CELL, _WIDTH / across, max(_HEIGHT / down, 4.0))
    places: dict[int, list[tuple[float, float]]] = {}
    levels = _LEVELS[distances.unit]
    for row, sizes in enumerate(worst):
        for column, size in enumerate(sizes):
            place = round(_LEFT + column * side, 1), round(_TOP + row * side, 1)
            places.setdefault(_level(size, levels), []).append(place)
    right, bottom = _LEFT + across * side, _TOP + down * side
    split = f"rows are {_axes(0, axis)}, columns {_axes(axis, len(shape))}"
    joined = f" Each cell is the worst of {tall} × {wide} neighbours." if tall * wide > 1 else ""
    return HeatMap(
        levels=[
            _drawn(level, levels, distances, places[level], round(side, 1))
            for level in sorted(places)
        ],
        labels=[
            Label(_LEFT - 6, _TOP + side * 0.5 + 4, "end", _index(indices[0][:axis])),
            Label(_LEFT - 6, bottom - side * 0.5 + 4, "end", _index(indices[-1][:axis])),
            Label(_LEFT, _TOP - 5, "start", _index(indices[0][axis:])),
            Label(right, _TOP - 5, "end", _index(indices[-1][axis:])),
        ],
        rules="".join(
            [
                *(
                    f"M{_LEFT} {round(_TOP + row * side, 1)}H{round(right, 1)}"
                    for row in _starts(shape[:axis], tall)
                ),
                *(
                    f"M{round(_LEFT + column * side, 1)} {_TOP}V{round(bottom, 1)}"
                    for column in _starts(shape[axis:], wide)
                ),
            ]
        ),
        caption=f"{describe(distances, indices)} Of the array's axes, {split}.{joined}",
        width=max(right + 8, 320.0),
        height=round(bottom + 6, 1),
    )


def _fold(shape: Sequence[int]) -> int:
    """The axis at which columns begin, so that the map is as square as can be."""

    def lopsided(axis: int) -> float:
        return abs(math.log(math.prod(shape[:axis]) / math.prod(shape[axis:])))

    return min(range(1, len(shape)), key=lopsided)


def _binned(sizes: list[float], columns: int, tall: int, wide: int) -> list[list[float]]:
    rows = [sizes[start : start + columns] for start in range(0, len(sizes), columns)]
    return [
        [
            max(size for row in rows[top : top + tall] for size in row[left : left + wide])
            for left in range(0, columns, wide)
        ]
        for top in range(0, len(rows), tall)
    ]


def _level(size: float, levels: Sequence[float]) -> int:
    if math.isinf(size):
        return len(levels) + 1
    return sum(size > edge for edge in levels)


def _drawn(
    level: int,
    levels: Sequence[float],
    distances: Distances,
    places: list[tuple[float, float]],
    side: float,
) -> Level:
    inside = level < len(levels) and levels[level] <= distances.limit
    infinite = level > len(levels)
    # The three paler tones are inside, the three fuller ones outside, the last one is no number.
    fullness = level if inside else level - sum(edge <= distances.limit for edge in levels)
    tone = "infinite" if infinite else f"{'inside' if inside else 'outside'}-{fullness}"
    return Level(
        tone,
        _words(level, levels, distances.unit),
        "".join(f"M{x} {y}h{side}v{side}h-{side}z" for x, y in places),
        "" if inside else "".join(_marks(places, side, infinite)),
    )


def _words(level: int, levels: Sequence[float], unit: str) -> str:
    if level > len(levels):
        return "infinitely far"
    if level == len(levels):
        return f"over {levels[-1]:g} {unit}"
    return f"{'up to ' if levels[level] else ''}{levels[level]:g} {unit}"


def _marks(places: list[tuple[float, float]], side: float, cross: bool) -> Iterator[str]:
    size = round(min(side * 0.22, 4.0), 1)
    for x, y in places:
        across, down = round(x + side / 2, 1), round(y + side / 2, 1)
        if cross:
            left, top, both = round(across - size, 1), round(down - size, 1), round(2 * size, 1)
            yield f"M{left} {top}l{both} {both}m0 -{both}l-{both} {both}"
        else:
            yield f"M{across} {round(down - size, 1)}v{round(2 * size, 1)}"


def _starts(shape: Sequence[int], step: int) -> Iterator[int]:
    """Where the last of several axes starts anew, when no cell joins neighbours."""
    if len(shape) > 1 and step == 1 and shape[-1] > 1:
        yield from range(shape[-1], math.prod(shape), shape[-1])


def _index(index: tuple[int, ...]) -> str:
    return ", ".join(map(str, index))


def _axes(first: int, end: int) -> str:
    return f"axis {first}" if end - first == 1 else f"axes {first} to {end - 1}"
