"""Geometry of the pictures on a page, in SVG user units; the templates draw it.

The one picture that matters is the error of each element of an array in radii: linear inside the
ball, logarithmic outside, so that 0.5 and 10^6 radii are both seen for what they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from reports.wording import count, measure, superscript

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from reports.arrays import Distances

WIDTH, HEIGHT = 640.0, 200.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 8.0, 14.0, 18.0
_MOST_POINTS = 192
_MOST_ROWS = 32


@dataclass(frozen=True)
class Point:
    """One element (or the worst of several) at its distance."""

    x: float
    y: float
    outside: bool
    infinite: bool
    label: str


@dataclass(frozen=True)
class Tick:
    """A labelled distance on the vertical axis."""

    y: float
    label: str


@dataclass(frozen=True)
class ErrorPlot:
    """Observed elements against the ball: x is the element, y its signed distance."""

    points: list[Point]
    ticks: list[Tick]
    rows: list[float]
    band_top: float
    band_bottom: float
    zero: float
    per_point: int
    caption: str
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    width: float = WIDTH
    height: float = HEIGHT


def error_plot(distances: Distances, indices: list[tuple[int, ...]]) -> ErrorPlot:
    """Lay out the picture of `distances` for the elements at `indices`, both row-major."""
    signed = distances.signed
    finite = [abs(distance) for distance in signed if math.isfinite(distance)]
    decades = max(1, math.ceil(math.log10(max([10.0, *finite]))))
    infinite = any(math.isinf(distance) for distance in signed)
    top = 1 + decades + (1 if infinite else 0)
    middle = (_TOP + HEIGHT - _BOTTOM) / 2

    def y(distance: float) -> float:
        return middle - _symlog(distance, top) / top * (middle - _TOP)

    per_point = math.ceil(len(signed) / _MOST_POINTS)
    bins = [range(i, min(i + per_point, len(signed))) for i in range(0, len(signed), per_point)]
    step = (WIDTH - _RIGHT - _LEFT) / len(bins)
    points = []
    for place, members in enumerate(bins):
        worst = max(members, key=lambda i: abs(signed[i]))
        points.append(
            Point(
                x=round(_LEFT + (place + 0.5) * step, 2),
                y=round(y(signed[worst]), 2),
                outside=abs(signed[worst]) > distances.limit,
                infinite=math.isinf(signed[worst]),
                label=f"{list(indices[worst])}: {_quantity(signed[worst], distances.unit)}",
            )
        )
    return ErrorPlot(
        points=points,
        ticks=_ticks(decades, y, infinite),
        rows=_row_edges(indices, step / per_point),
        band_top=round(y(max(distances.limit, 0.06)), 2),
        band_bottom=round(y(-max(distances.limit, 0.06)), 2),
        zero=round(middle, 2),
        per_point=per_point,
        caption=describe(distances, indices)
        + (f" Each mark is the worst of {per_point} neighbours." if per_point > 1 else ""),
    )


def fraction_bar(fraction: float | str, length: float = 44.0) -> tuple[float, bool]:
    """Length of the bar for `fraction` of a bound, where 1 is `length`, and whether it is over."""
    number = float(fraction)
    over = not number <= 1
    return (length if over else round(length * number, 2)), over


def _symlog(distance: float, top: float) -> float:
    size = abs(distance)
    height = top if math.isinf(size) else size if size <= 1 else 1 + math.log10(size)
    return math.copysign(height, distance)


def _ticks(decades: int, y: Callable[[float], float], infinite: bool) -> list[Tick]:
    every = math.ceil(decades / 4)
    sizes = [(1.0, "1")] + [
        (10.0**power, "10" if power == 1 else f"10{superscript(power)}")
        for power in range(every, decades + 1, every)
    ]
    if infinite:
        sizes.append((math.inf, "∞"))
    ticks = [Tick(round(y(0.0), 2), "0")]
    for size, label in sizes:
        ticks += [Tick(round(y(size), 2), f"+{label}"), Tick(round(y(-size), 2), f"−{label}")]
    return ticks


def _row_edges(indices: list[tuple[int, ...]], step: float) -> list[float]:
    """Where the last axis starts anew, if that is seldom enough to be seen."""
    if not indices or len(indices[0]) < 2:
        return []
    starts = [i for i, index in enumerate(indices) if index[-1] == 0 and i > 0]
    if len(starts) >= _MOST_ROWS or len(starts) == len(indices) - 1:
        return []
    return [round(_LEFT + start * step, 2) for start in starts]


def describe(distances: Distances, indices: list[tuple[int, ...]]) -> str:
    """Say in words what a picture of `distances` shows: how many are outside, and the farthest."""
    signed = distances.signed
    worst = max(range(len(signed)), key=lambda i: abs(signed[i]))
    where = "outside the ball" if distances.unit == "radii" else "not the promised bits"
    return (
        f"{count(distances.outside)} of {count(len(signed))} elements {where}; the farthest, at "
        f"{list(indices[worst])}, by {_quantity(signed[worst], distances.unit)}."
    )


def _quantity(distance: float, unit: str) -> str:
    if math.isinf(distance):
        return f"infinitely many {unit}"
    return f"{measure(abs(distance))} {unit}"


@dataclass(frozen=True)
class Mark:
    """A run of neighbours of one tone in the strip at the head of a page."""

    tone: str
    x: int
    width: int


def strip(tones: Iterable[str]) -> list[Mark]:
    """Lay out one unit of width per tone, in order."""
    marks: list[Mark] = []
    x = 0
    for tone, group in groupby(tones):
        width = sum(1 for _ in group)
        marks.append(Mark(tone, x, width))
        x += width
    return marks


SPARK_WIDTH, SPARK_HEIGHT = 132.0, 22.0
_SPARK_MARGIN = 3.0


@dataclass(frozen=True)
class Sparkline:
    """A measure over the releases, small: a line through neighbours, a gap where none is known."""

    paths: list[str]
    points: list[Point]
    edge: float
    caption: str
    width: float = SPARK_WIDTH
    height: float = SPARK_HEIGHT


def sparkline(names: Sequence[str], fractions: Sequence[float | str | None]) -> Sparkline | None:
    """Lay out bound fractions over releases, from 0 to the edge of the ball; None without any."""
    known = [
        (place, float(fraction))
        for place, fraction in enumerate(fractions)
        if fraction is not None and not math.isnan(float(fraction))
    ]
    if not known:
        return None
    inner = SPARK_HEIGHT - 2 * _SPARK_MARGIN
    wide = (SPARK_WIDTH - 2 * _SPARK_MARGIN) / max(1, len(names) - 1)
    points = [
        Point(
            round(_SPARK_MARGIN + place * wide, 2),
            round(SPARK_HEIGHT - _SPARK_MARGIN - min(1.0, fraction) * inner, 2),
            fraction > 1,
            math.isinf(fraction),
            f"{names[place]}: {measure(fraction)}",
        )
        for place, fraction in known
    ]
    paths: list[str] = []
    for place, (before, after) in enumerate(pairwise(points)):
        if known[place + 1][0] == known[place][0] + 1:
            paths.append(f"M{before.x} {before.y}L{after.x} {after.y}")
    caption = f"from {measure(known[0][1])} to {measure(known[-1][1])}"
    return Sparkline(paths, points, _SPARK_MARGIN, caption)
