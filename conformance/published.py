"""Published results (`fixtures/published.toml`): numbers as texts, by the row they belong to."""

from __future__ import annotations

import functools
import tomllib
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.data import fixtures_dir

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.trace import Array

__all__ = ["agrees", "numbers", "rows", "shown"]


@functools.cache
def rows() -> Mapping[int, Mapping[str, Any]]:
    """Every row of the table by its number: what it says, and what is shown, if anything."""
    text = (fixtures_dir() / "published.toml").read_text("utf-8")
    return {row["number"]: row for row in tomllib.loads(text)["row"]}


def shown(row: int) -> Any:
    """Return what a row shows, by name."""
    return rows()[row]["shown"]


def numbers(texts: Any) -> Array:
    """Return published texts, nested as they are, as a float32 array."""
    return np.asarray(texts, object).astype(np.float32)


def agrees(values: Array, texts: Any) -> bool:
    """Whether values print as the published decimals: each within half of its last digit."""
    flat = np.asarray(texts, object).ravel().tolist()
    return np.shape(values) == np.shape(texts) and all(
        abs(Fraction(float(value)) - Fraction(text)) <= _half_of_last_digit(text)
        for value, text in zip(np.ravel(values), flat, strict=True)
    )


def _half_of_last_digit(text: str) -> Fraction:
    return Fraction(1, 2 * 10 ** len(text.partition(".")[2]))
