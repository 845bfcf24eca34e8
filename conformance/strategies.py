"""Inputs as recipes: hypothesis draws a shape, a regime and a seed; the array follows from them.

Drawing an array element by element costs milliseconds; a recipe costs a fraction, shrinks just as
well (regimes are ordered from the plainest to the wildest), and gives the same array on every
platform, because it uses raw integers of a counter-based generator and exact scaling only.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np
from hypothesis import strategies as st

from conformance.enlargement import side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conformance.trace import Array

FLOATS = ("float32", "float64", "float16", "bfloat16")


def dtype_of(name: str) -> np.dtype[Any]:
    """Return the NumPy dtype of TensorFlow's name for it."""
    return np.dtype(ml_dtypes.bfloat16) if name == "bfloat16" else np.dtype(name)


@functools.cache
def finfo(dtype: np.dtype[Any]) -> Any:
    """Return the limits of a floating-point dtype, bfloat16 included."""
    return ml_dtypes.finfo(dtype)


class Noise:
    """Random numbers in exact steps: the same on every platform and NumPy.

    SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). NumPy's
    own generators take longer to make than an array takes to fill.
    """

    def __init__(self, seed: int, size: int) -> None:
        self._state = _mixed(np.array([seed], np.uint64))
        self._size = size

    def unit(self) -> Array:
        """Uniform multiples of 2**-52 in [-1, 1)."""
        return (self._raw() >> _LOW_BITS).astype(np.float64) * 2.0**-52 - 1.0

    def integers(self, below: int) -> Array:
        """Integers in [0, below)."""
        return (self._raw() >> _LOW_HALF).astype(np.int64) % below

    def _raw(self) -> Array:
        counters = self._state + _strides(self._size)
        if self._size:
            self._state = counters[-1:]
        return _mixed(counters)


# Arrays without axes: operators take them faster than scalars.
_LOW_BITS, _LOW_HALF, _GOLDEN_GAMMA, _LAST_SHIFT = (
    np.asarray(n, np.uint64) for n in (11, 33, 0x9E3779B97F4A7C15, 31)
)
_SHIFTS_AND_FACTORS = [
    (np.asarray(shift, np.uint64), np.asarray(factor, np.uint64))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
]


@functools.lru_cache(maxsize=64)
def _strides(size: int) -> Array:
    """What lies between a state and each of the ``size`` after it."""
    return np.asarray(_GOLDEN_GAMMA * np.arange(1, size + 1, dtype=np.uint64))


def _mixed(z: Array) -> Array:
    """SplitMix64's output function, on unsigned 64-bit integers that wrap around."""
    for shift, factor in _SHIFTS_AND_FACTORS:
        z = (z ^ (z >> shift)) * factor
    return np.asarray(z ^ (z >> _LAST_SHIFT))


def _simple(noise: Noise, _: Any) -> Array:
    return (noise.integers(9) - 4).astype(np.float64)


def _unit(noise: Noise, _: Any) -> Array:
    return noise.unit()


def _offset(noise: Noise, _: Any) -> Array:
    return 100.0 + noise.unit()


def _large_offset(noise: Noise, _: Any) -> Array:
    return 10000.0 + noise.unit()


def _constant(noise: Noise, _: Any) -> Array:
    return np.full_like(noise.unit(), noise.unit()[0]) if noise._size else noise.unit()


def _sparse(noise: Noise, _: Any) -> Array:
    return np.where(noise.integers(4) == 0, noise.unit(), 0.0)


def _signed_zeros(noise: Noise, _: Any) -> Array:
    return np.array([0.0, -0.0, 1.0, -1.0]).take(noise.integers(4))


def _small(noise: Noise, _: Any) -> Array:
    return noise.unit() * 2.0**-20


def _tiny(noise: Noise, info: Any) -> Array:
    return np.ldexp(noise.unit(), int(info.minexp) + 4)


def _subnormal(noise: Noise, info: Any) -> Array:
    return np.ldexp(noise.unit(), int(info.minexp))


def _big(noise: Noise, _: Any) -> Array:
    return noise.unit() * 2.0**12


def _huge(noise: Noise, info: Any) -> Array:
    return np.ldexp(noise.unit(), int(info.maxexp) - 2)


def _wide(noise: Noise, info: Any) -> Array:
    span = int(info.maxexp) // 2
    return np.ldexp(noise.unit(), (noise.integers(2 * span) - span).astype(np.int32))


def _infinities(noise: Noise, _: Any) -> Array:
    return np.choose(noise.integers(5), [np.inf, -np.inf, *([noise.unit()] * 3)])


def _nans(noise: Noise, _: Any) -> Array:
    return np.choose(noise.integers(4), [np.nan, *([noise.unit()] * 3)])


REGIMES: dict[str, Callable[[Noise, Any], Array]] = {
    "simple": _simple,
    "unit": _unit,
    "offset": _offset,
    "constant": _constant,
    "sparse": _sparse,
    "signed_zeros": _signed_zeros,
    "small": _small,
    "big": _big,
    "large_offset": _large_offset,
    "tiny": _tiny,
    "subnormal": _subnormal,
    "huge": _huge,
    "wide": _wide,
    "infinities": _infinities,
    "nans": _nans,
}
FINITE = tuple(name for name in REGIMES if name not in ("infinities", "nans"))
# Finite, and far enough from the ends of the range that squares and sums do not overflow.
TAME = ("simple", "unit", "offset", "constant", "sparse", "signed_zeros", "small", "big")
ALL = tuple(REGIMES)


def make_array(dtype: str, shape: Sequence[int], regime: str, seed: int) -> Array:
    """Return the array of a recipe."""
    target = dtype_of(dtype)
    values = REGIMES[regime](Noise(seed, math.prod(shape)), finfo(target))
    with np.errstate(all="ignore"):
        return np.asarray(values.astype(target).reshape(tuple(shape)))


# A recipe is drawn as one integer: below 2**24 hypothesis draws evenly, and it shrinks towards the
# first seed of the first regime.
SEEDS_PER_REGIME = 2**20


def arrays(
    dtype: str, shape: Sequence[int], regimes: Sequence[str] = ALL
) -> st.SearchStrategy[Array]:
    """Arrays of ``dtype`` and ``shape``, each of one regime."""
    return _recipes(_only, ("",), dtype, tuple(shape), tuple(regimes), SEEDS_PER_REGIME)


def series(
    count: int, dtype: str, shape: Sequence[int], regimes: Sequence[str] = ALL
) -> st.SearchStrategy[list[Array]]:
    """Lists of ``count`` different arrays of one regime, for the price of one draw."""
    names = tuple(map(str, range(count)))
    return _recipes(_values, names, dtype, tuple(shape), tuple(regimes), SEEDS_PER_REGIME)


def named(
    names: Iterable[str], dtype: str, shape: Sequence[int], regimes: Sequence[str] = ALL
) -> st.SearchStrategy[dict[str, Array]]:
    """A different array of one regime for each name, for the price of one draw."""
    return _recipes(dict, tuple(names), dtype, tuple(shape), tuple(regimes), SEEDS_PER_REGIME)


def samples(
    names: Iterable[str], dtype: str, shape: Sequence[int]
) -> st.SearchStrategy[dict[str, Array]]:
    """As `named`, once of every regime: for what carries values and computes nothing with them."""
    return _recipes(dict, tuple(names), dtype, tuple(shape), ALL, 1)


def _only(made: dict[str, Array]) -> Array:
    return made[""]


def _values(made: dict[str, Array]) -> list[Array]:
    return list(made.values())


# hypothesis validates every strategy object it meets for the first time, which costs more than a
# draw: equal strategies are made once.
@functools.cache
def _recipes(
    packed: Callable[[dict[str, Array]], Any],
    names: tuple[str, ...],
    dtype: str,
    shape: tuple[int, ...],
    regimes: tuple[str, ...],
    seeds: int,
) -> st.SearchStrategy[Any]:
    def made(recipe: int) -> Any:
        regime, seed = divmod(recipe, seeds)
        return packed(
            {
                name: make_array(dtype, shape, regimes[regime], seed + n * SEEDS_PER_REGIME)
                for n, name in enumerate(names)
            }
        )

    return st.integers(0, len(regimes) * seeds - 1).map(made)


def shapes(rank: int, largest: int) -> st.SearchStrategy[list[int]]:
    """Shapes of ``rank`` axes of 1 to ``largest``, or to more of them with ``--enlarge``."""
    return _shapes(rank, side(largest, rank))


@functools.cache
def _shapes(rank: int, largest: int) -> st.SearchStrategy[list[int]]:
    lengths = (largest,) * rank

    def shape(index: int) -> list[int]:
        return [int(at) + 1 for at in np.unravel_index(index, lengths)]

    return st.integers(0, largest**rank - 1).map(shape)


@functools.cache
def decays() -> st.SearchStrategy[float]:
    """Decays of a moving average: those people use, and any in [0, 1]."""
    # Of a decay below 1/2, unlike of those above, float32 rounds what is left to one.
    return st.sampled_from((0.5, 0.9, 0.99, 0.1, 0.3, 0.999, 0.0, 1.0)) | st.floats(0, 1, width=32)


# Decays given as Python numbers when the graph is built: few, so that graphs are reused, and not
# 0 or 1, with which Grappler would fold a multiplication away (see test_constant_folding.py).
STATIC_DECAYS = (0.9, 0.999, 0.5)


def variants(**options: Sequence[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Static arguments of graphs: every value of every option, not every combination of them.

    Building a graph costs as much as a hundred of its runs, so a check draws from as many graphs as
    its longest option has values.
    """
    return _variants(tuple((name, tuple(values)) for name, values in options.items()))


@functools.cache
def _variants(
    options: tuple[tuple[str, tuple[Any, ...]], ...],
) -> st.SearchStrategy[dict[str, Any]]:
    count = max(len(values) for _, values in options)
    rows = [{name: values[n % len(values)] for name, values in options} for n in range(count)]
    return st.integers(0, count - 1).map(rows.__getitem__)
