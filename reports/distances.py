"""How far apart two subjects are on the frozen inputs: in ulp and in radii, by API and dtype.

The distance of two floats in ulp is how many floats of their dtype lie between them, so neighbours
are 1 apart, and so are the two zeros; any NaN equals any other. Where the reference gave a ball, it
is also measured in its radii, and two values that are both within twice their radius of zero have
no ulp: what is left there is cancellation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from reports import outputs, wording

if TYPE_CHECKING:
    from pathlib import Path

    from reports.outputs import Array, EntryOutputs, Output

__all__ = ["HEADS", "apart", "between", "cells", "in_radii", "in_ulp"]

# Of a table of rows that are apart.
HEADS = ("API on frozen inputs", "dtype", "equal", "drifted", "changed", "ulp", "radii")

_OTHER_ENDS = ("changed", "lost", "gained")
_UNSIGNED = {2: np.uint16, 4: np.uint32, 8: np.uint64}
_FLOATS = frozenset({"bfloat16", "float16", "float32", "float64"})


def between(base: Path, candidate: Path) -> tuple[list[dict[str, Any]] | None, str | None]:
    """Compare the outputs beside two reports.

    Parameters
    ----------
    base, candidate
        The folders of the two reports.

    Returns
    -------
    distances : list of dict or None
        ``distances`` of diff.json, the farthest first; None where a side has no outputs.
    note : str or None
        What keeps the two from being compared as they should.
    """
    sides = []
    for folder in (base, candidate):
        path = folder / outputs.NAME
        if not path.is_file():
            return None, None
        try:
            sides.append(outputs.read(path))
        except (OSError, ValueError) as error:
            return None, f"The outputs of the frozen inputs cannot be compared: {error}."
    (was, before), (now, after) = sides
    note = None
    if was != now:
        note = (
            "The two runs replayed different corpora; those of their inputs in both are compared."
        )
    return _distances(before, after), note


def apart(diff: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of diff.json's ``distances`` that have a difference in them."""
    rows = diff.get("distances") or []
    return [row for row in rows if any(row[name] for name in ("drifted", *_OTHER_ENDS))]


def cells(row: dict[str, Any]) -> tuple[str, ...]:
    """Return the texts of one row, under `HEADS`."""
    measures = (row[name] and row[name]["most"] for name in ("ulp", "radii"))
    return (
        row["api"],
        row["dtype"] or "",
        wording.count(row["equal"]),
        wording.count(row["drifted"]),
        wording.count(sum(row[name] for name in _OTHER_ENDS)),
        *map(wording.measure, measures),
    )


def _distances(before: list[EntryOutputs], after: list[EntryOutputs]) -> list[dict[str, Any]]:
    others = {one.id: one for one in after}
    rows: dict[tuple[str, str | None], _Row] = {}
    for one in before:
        other = others.get(one.id)
        if other is not None and "not run" not in (one.outcome, other.outcome):
            rows.setdefault((one.api, one.dtype), _Row(one.api, one.dtype)).add(one, other)
    return [row.as_json() for row in sorted(rows.values(), key=_Row.order)]


@dataclass
class _Row:
    """One API in one dtype."""

    api: str
    dtype: str | None
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            ("entries", "outputs", "equal", "drifted", "changed", "lost", "gained"), 0
        )
    )
    farthest: dict[str, tuple[float, str] | None] = field(
        default_factory=lambda: {"ulp": None, "radii": None}
    )

    def add(self, one: EntryOutputs, other: EntryOutputs) -> None:
        """Count one entry that both subjects replayed."""
        self.counts["entries"] += 1
        missing = (one.outcome == "missing", other.outcome == "missing")
        if any(missing):
            if not all(missing):
                self.counts["gained" if missing[0] else "lost"] += 1
            return
        was = {(output.step, output.fetch): output for output in one.outputs}
        now = {(output.step, output.fetch): output for output in other.outputs}
        changed = one.outcome != other.outcome or was.keys() != now.keys()
        for key in was.keys() & now.keys():
            changed |= not self._compare(was[key], now[key], one.check)
        self.counts["changed"] += changed

    def _compare(self, was: Output, now: Output, check: str) -> bool:
        """Count one output; whether the two have one shape and dtype."""
        if was.dtype != now.dtype or was.values.shape != now.values.shape:
            return False
        self.counts["outputs"] += 1
        ulp = in_ulp(was.values, now.values, was.dtype)
        if not ulp.any():
            self.counts["equal"] += 1
            return True
        self.counts["drifted"] += 1
        if was.radius is not None:
            radii, cancelled = in_radii(was, now, was.radius)
            self._keep("radii", radii, check)
            ulp = np.where(cancelled, 0, ulp)
        if was.dtype in _FLOATS:
            self._keep("ulp", ulp, check)
        return True

    def _keep(self, measure: str, distance: Array, check: str) -> None:
        most = float(np.max(distance, initial=0))
        kept = self.farthest[measure]
        if most > 0 and (kept is None or most > kept[0]):
            self.farthest[measure] = (most, check)

    def order(self) -> tuple[Any, ...]:
        """Place the losses first, then changes, then the farthest."""
        lost, changed = self.counts["lost"], self.counts["changed"]
        radii, ulp = (self.farthest[name] or (0.0, "") for name in ("radii", "ulp"))
        return (-lost, -changed, -radii[0], -ulp[0], self.api, self.dtype or "")

    def as_json(self) -> dict[str, Any]:
        """Return a row of diff.json's ``distances``."""
        measures = {
            name: None if far is None else {"most": far[0], "check": far[1]}
            for name, far in self.farthest.items()
        }
        return {"api": self.api, "dtype": self.dtype, **self.counts, **measures}


def in_ulp(was: Array, now: Array, dtype: str) -> Array:
    """Return how many floats of ``dtype`` lie between two arrays, element by element, in float64.

    Infinite where one alone is NaN. Of what is no float: 0 where equal, otherwise infinite.
    bfloat16 is given as the uint16 of its bits.
    """
    if dtype not in _FLOATS:
        return np.where(np.asarray(was == now), 0.0, np.inf)
    unsigned = _UNSIGNED[was.dtype.itemsize]
    bits = [np.ascontiguousarray(one).view(unsigned).reshape(one.shape) for one in (was, now)]
    sign = unsigned(1 << (8 * was.dtype.itemsize - 1))
    # Places in the order of all floats, as unsigned integers: the most negative one's is 0.
    places = [np.where(one & sign, ~one, one | sign) for one in bits]
    between = (np.maximum(*places) - np.minimum(*places)).astype(np.float64)
    nan = [np.isnan(_wide(one, dtype)) for one in (was, now)]
    return np.where(nan[0] & nan[1], 0.0, np.where(nan[0] ^ nan[1], np.inf, between))


def in_radii(was: Output, now: Output, radius: Array) -> tuple[Array, Array]:
    """Return the distance of two arrays in radii, and where both are a cancelled zero.

    The distance is 0 where the radius makes no claim, and infinite where one value alone is not
    finite.
    """
    one, other = _wide(was.values, was.dtype), _wide(now.values, now.dtype)
    with np.errstate(all="ignore"):
        gap = np.abs(one - other)
        gap = np.where(np.isnan(gap), np.inf, gap)
        gap = np.where((one == other) | (np.isnan(one) & np.isnan(other)), 0.0, gap)
        claimed = np.isfinite(radius)
        distance = np.where(gap == 0, 0.0, np.where(radius > 0, gap / radius, np.inf))
        cancelled = claimed & (np.maximum(np.abs(one), np.abs(other)) <= 2 * radius)
    return np.where(claimed, distance, 0.0), cancelled


def _wide(array: Array, dtype: str) -> Array:
    """In float64; bfloat16 is the upper half of a float32."""
    if dtype == "bfloat16":
        array = (array.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return array.astype(np.float64)
