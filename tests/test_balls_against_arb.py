"""Balls against two judges: Arb for the exact value, and a simulated subject for what may come.

Random expressions are evaluated three ways: on balls, exactly (Arb, so many bits that nothing is
lost), and as a TensorFlow might, in the subject's dtype, with sums in a random order, with or
without FMA, flushed subnormals and approximate kernels. The last two must lie in the ball. The same
search must find a fault in balls that were broken on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from reference_impls import balls
from reference_impls.balls import accuracy
from reference_impls.balls.arithmetic import constant
from reference_impls.balls.formats import FORMATS, Format

LENGTH = 5
DTYPES = tuple(FORMATS)

# Enough for sums of the smallest and largest float64 to be exact. Comparisons in Arb are true only
# when certain, so too few bits would miss a fault and never invent one.
ctx.prec = 3000


# What the simulated kernels do, whatever the balls are made to believe of them.
KERNELS = {name: dict(getattr(accuracy, name)) for name in ("RSQRT", "SQRT", "RECIPROCAL", "POW")}


# Expressions.


@dataclass(frozen=True)
class Leaf:
    """An array the subject is fed: a regime and a seed, which shrink and print better than bits."""

    dtype: str
    regime: str
    seed: int

    def values(self) -> np.ndarray:
        """Draw the array."""
        fmt = FORMATS[self.dtype]
        rng = np.random.default_rng(self.seed)
        normal = rng.standard_normal(LENGTH)
        smallest = np.ldexp(1.0, fmt.min_exponent)
        with np.errstate(all="ignore"):
            drawn = {
                "unit": lambda: normal,
                "positive": lambda: 1 + np.abs(normal),
                "integers": lambda: rng.integers(-3, 4, LENGTH).astype(float),
                "offset": lambda: np.ldexp(1.0, fmt.precision - 2) + normal,
                "constant": lambda: np.full(LENGTH, normal[0]),
                "zeros": lambda: np.where(normal > 0, normal, np.copysign(0.0, normal)),
                "tiny": lambda: normal * smallest * 4,
                "subnormal": lambda: normal * smallest / 4,
                "small": lambda: normal * np.sqrt(smallest),
                "large": lambda: normal / np.sqrt(smallest),
                "huge": lambda: normal * np.ldexp(1.0, fmt.max_exponent - 1),
                "wide": lambda: np.ldexp(
                    normal, rng.integers(fmt.min_exponent, fmt.max_exponent, LENGTH)
                ),
                "special": lambda: np.where(
                    normal > 0, normal, rng.choice([np.inf, -np.inf, np.nan, 0.0, 1.0], LENGTH)
                ),
            }[self.regime]()
            return drawn.astype(fmt.dtype)


REGIMES = (
    "unit",
    "positive",
    "integers",
    "offset",
    "constant",
    "zeros",
    "tiny",
    "subnormal",
    "small",
    "large",
    "huge",
    "wide",
    "special",
)


@dataclass(frozen=True)
class Node:
    """An operation on expressions, of the dtype of its result."""

    dtype: str
    name: str
    args: tuple[Any, ...]
    static: Any = None


UNARY = ("neg", "absolute", "square", "sqrt", "rsqrt", "reciprocal", "sum", "mean")
BINARY = ("add", "sub", "mul", "div", "maximum", "minimum", "squared_difference", "pow", "where")
CONSTANTS = (0.1, 3.0, -7.0, 0.5, 1e-3, 1e-30, 60000.0)


@cache
def expressions(dtype: str, casts: bool = True) -> st.SearchStrategy[Any]:
    leaves: st.SearchStrategy[Any] = st.builds(
        Leaf, st.just(dtype), st.sampled_from(REGIMES), st.integers(0, 10_000)
    )
    if casts:
        others = st.sampled_from([d for d in DTYPES if d != dtype])
        narrow = others.flatmap(lambda d: expressions(d, casts=False))
        leaves = leaves | narrow.map(lambda e: Node(dtype, "cast", (e,)))

    def grow(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        unary = st.builds(lambda n, a: Node(dtype, n, (a,)), st.sampled_from(UNARY), children)
        binary = st.builds(
            lambda n, a, b, s: Node(dtype, n, (a, b), s),
            st.sampled_from(BINARY),
            children,
            children,
            st.integers(0, 2**LENGTH - 1),
        )
        scalar = st.builds(
            lambda n, a, c: Node(dtype, n, (a,), c),
            st.sampled_from(("add_constant", "mul_constant", "div_constant")),
            children,
            st.sampled_from(CONSTANTS),
        )
        dot = st.builds(lambda a, b: Node(dtype, "dot", (a, b)), children, children)
        return unary | binary | scalar | dot

    return st.recursive(leaves, grow, max_leaves=5)


def _mask(bits: int, size: int) -> np.ndarray:
    return np.array([bool(bits >> i & 1) for i in range(size)])


# Evaluated on balls.


def on_balls(e: Any) -> balls.Ball:
    if isinstance(e, Leaf):
        return balls.ball(e.values())
    args = [on_balls(a) for a in e.args]
    match e.name:
        case "neg":
            return -args[0]
        case "add":
            return args[0] + args[1]
        case "sub":
            return args[0] - args[1]
        case "mul":
            return args[0] * args[1]
        case "div":
            return args[0] / args[1]
        case "add_constant":
            return args[0] + e.static
        case "mul_constant":
            return e.static * args[0]
        case "div_constant":
            return args[0] / e.static
        case "sum" | "mean":
            return getattr(balls, e.name)(args[0], axis=0, keepdims=True)
        case "cast":
            return balls.cast(args[0], e.dtype)
        case "dot":
            rows = balls.broadcast_to(args[0], (LENGTH,))
            columns = balls.broadcast_to(args[1], (LENGTH,))
            product = balls.matmul(
                balls.reshape(rows, (1, LENGTH)), balls.reshape(columns, (LENGTH, 1))
            )
            return balls.reshape(product, (1,))
        case "where":
            size = max(a.size for a in args)
            return balls.where(_mask(e.static, size), args[0], args[1])
        case _:
            return getattr(balls, e.name)(*args)


# Evaluated exactly. None stands for what has no exact value: NaN, infinity, and all beyond.


def exactly(e: Any) -> np.ndarray:
    fmt = FORMATS[e.dtype]
    if isinstance(e, Leaf):
        values = [_arb_of(v) if np.isfinite(v) else None for v in e.values().astype(float)]
    else:
        args = [exactly(a) for a in e.args]
        if e.name == "dot":
            args = [np.broadcast_to(a, (LENGTH,)) for a in args]
        elif len(args) == 2:
            args = list(np.broadcast_arrays(*args))
        values = _exact_values(e, fmt, args)
    return np.array([_overflowed(v, fmt) for v in values], dtype=object)


def _exact_values(e: Node, fmt: Format, args: list[np.ndarray]) -> list[Any]:
    if e.name in ("sum", "mean", "dot"):
        terms = args[0]
        if e.name == "dot":
            terms = [_or_none(lambda p, q: p * q, p, q) for p, q in zip(*args, strict=True)]
        if any(t is None for t in terms):
            return [None]
        total = sum(terms, arb(0))
        return [total / len(terms) if e.name == "mean" else total]
    if e.name == "where":
        return list(np.where(_mask(e.static, len(args[0])), *args))
    if e.name.endswith("_constant"):
        constant = _arb_of(float(np.asarray(e.static).astype(fmt.dtype)))
        args = [args[0], np.full(len(args[0]), constant)]
    function = {
        "neg": lambda x: -x,
        "absolute": abs,
        "square": lambda x: x * x,
        "cast": lambda x: x,
        "sqrt": lambda x: x.sqrt() if x >= 0 else None,
        "rsqrt": lambda x: x.rsqrt() if x > 0 else None,
        "reciprocal": lambda x: 1 / x if x != 0 else None,
        "add": lambda x, y: x + y,
        "sub": lambda x, y: x - y,
        "mul": lambda x, y: x * y,
        "div": lambda x, y: x / y if y != 0 else None,
        "maximum": lambda x, y: y if y > x else x,
        "minimum": lambda x, y: y if y < x else x,
        "squared_difference": lambda x, y: (x - y) ** 2,
        "pow": lambda x, y: x**y if x > 0 and abs(y * x.log()) < 10_000 else None,
    }[e.name.replace("_constant", "")]
    return [_or_none(function, *row) for row in zip(*args, strict=True)]


def _or_none(function: Any, *args: Any) -> Any:
    return None if any(a is None for a in args) else function(*args)


def _overflowed(x: Any, fmt: Format) -> Any:
    if x is None or not x.is_finite():
        return None
    return x if abs(x) < _arb_of(fmt.largest[()]) else None


def _arb_of(x: Any) -> arb:
    high = float(x)
    return arb(high) + arb(float(x - type(x)(high)))


# Evaluated as a subject may.


@dataclass
class Subject:
    """A TensorFlow that took these liberties."""

    rng: np.random.Generator
    flush_results: bool
    flush_operands: bool
    contract: bool
    approximate: bool

    def run(self, e: Any) -> np.ndarray:
        """Evaluate an expression."""
        if isinstance(e, Leaf):
            return e.values()
        fmt = FORMATS[e.dtype]
        if self.contract and e.name == "add" and isinstance(e.args[0], Node):
            first = e.args[0]
            if first.name == "mul" and (fused := self._fused(first, e.args[1], fmt)) is not None:
                return fused
        args = [self._read(self.run(a), FORMATS[a.dtype]) for a in e.args]
        return self._apply(e, fmt, args)

    def _apply(self, e: Node, fmt: Format, args: list[np.ndarray]) -> np.ndarray:
        match e.name:
            case "sum":
                return self._sum(args[0], fmt)
            case "mean":
                return self._mean(args[0], fmt)
            case "dot":
                rows, columns = (np.broadcast_to(a, (LENGTH,)) for a in args)
                return self._sum(self._store(rows * columns, fmt), fmt)
            case "cast":
                # Through float32, as TensorFlow's converters to half formats do.
                wide = args[0].astype(np.float32) if fmt.precision < 24 else args[0]
                return self._store(wide, fmt)
            case "where":
                return np.where(_mask(e.static, max(map(len, args))), *args).astype(fmt.dtype)
            case "squared_difference":
                return self._store(self._store(args[0] - args[1], fmt) ** 2, fmt)
            case "add_constant" | "mul_constant" | "div_constant":
                constant = np.asarray(e.static).astype(fmt.dtype).astype(float)
                constant = self._read(np.atleast_1d(constant.astype(fmt.dtype)), fmt)
                if e.name == "div_constant" and self.approximate:
                    inverse = self._inexact(1 / constant, KERNELS["RECIPROCAL"][fmt.name], fmt)
                    return self._store(args[0] * self._read(inverse, fmt), fmt)
                name = {"add": "add", "mul": "multiply", "div": "divide"}[e.name.split("_")[0]]
                return self._store(getattr(np, name)(args[0], constant), fmt)
            case "rsqrt":
                return self._rsqrt(args[0], fmt)
            case "sqrt":
                return self._inexact(np.sqrt(args[0]), KERNELS["SQRT"][fmt.name], fmt, args[0])
            case "reciprocal":
                return self._inexact(1 / args[0], KERNELS["RECIPROCAL"][fmt.name], fmt)
            case "pow":
                constant, slope = KERNELS["POW"][fmt.name]
                growth = np.abs(args[1] * np.log2(np.abs(args[0])))
                bound = constant + slope * np.where(np.isfinite(growth), growth, 0)
                bound = np.where(args[0] == 0, 1, bound)
                return self._inexact(np.power(*args), bound, fmt)
            case _:
                names = {"neg": "negative", "sub": "subtract", "mul": "multiply", "div": "divide"}
                return self._store(getattr(np, names.get(e.name, e.name))(*args), fmt)

    def _read(self, values: np.ndarray, fmt: Format) -> np.ndarray:
        """Operands in a wider type, where rounding twice in one operation hardly differs."""
        wide = values.astype(np.longdouble if fmt.name == "float64" else np.float64)
        if not self.flush_operands:
            return wide
        return np.where(np.abs(wide) < np.ldexp(1.0, fmt.min_exponent), 0 * wide, wide)

    def _store(self, values: np.ndarray, fmt: Format) -> np.ndarray:
        stored = np.asarray(values).astype(fmt.dtype)
        if not self.flush_results:
            return stored
        wide = stored.astype(np.float64)
        small = np.abs(wide) < np.ldexp(1.0, fmt.min_exponent)
        return np.where(small, 0 * wide, wide).astype(fmt.dtype)

    def _add(self, x: Any, y: Any, fmt: Format) -> Any:
        pair = [self._read(np.atleast_1d(v), fmt) for v in (x, y)]
        return self._store(pair[0] + pair[1], fmt)[0]

    def _sum(self, terms: np.ndarray, fmt: Format) -> np.ndarray:
        accumulator = fmt
        if fmt.precision < 24 and self.approximate:
            accumulator = FORMATS["float32"]
        left = list(terms.astype(accumulator.dtype))
        while len(left) > 1:
            x = left.pop(self.rng.integers(len(left)))
            y = left.pop(self.rng.integers(len(left)))
            left.append(self._add(x, y, accumulator))
        return self._store(np.atleast_1d(left[0]).astype(np.float64), fmt)

    def _mean(self, terms: np.ndarray, fmt: Format) -> np.ndarray:
        total = self._read(self._sum(terms, fmt), fmt)
        count = float(len(terms))
        if self.approximate:
            return self._store(
                total * self._store(np.array([1 / count]), fmt).astype(np.float64), fmt
            )
        return self._store(total / count, fmt)

    def _fused(self, product: Node, addend: Any, fmt: Format) -> np.ndarray | None:
        x, y, z = np.broadcast_arrays(
            *(self._read(self.run(a), FORMATS[a.dtype]) for a in (*product.args, addend))
        )
        if not np.isfinite((x * y).astype(fmt.dtype).astype(float) + z).all():
            return None
        triples = zip(*(v.astype(float).tolist() for v in (x, y, z)), strict=True)
        exact = [Fraction(a) * Fraction(b) + Fraction(c) for a, b, c in triples]
        if any(abs(v) >= Fraction(float(fmt.largest)) for v in exact):
            return None
        return self._store(np.array([float(v) for v in exact]), fmt)

    def _rsqrt(self, x: np.ndarray, fmt: Format) -> np.ndarray:
        if self.approximate:
            return self._inexact(1 / np.sqrt(x), KERNELS["RSQRT"][fmt.name], fmt, x)
        root = self._store(np.sqrt(x), fmt).astype(np.float64)
        return self._store(1 / root, fmt)

    def _inexact(
        self, values: np.ndarray, bound: Any, fmt: Format, newton_operand: Any = None
    ) -> np.ndarray:
        """Apply a kernel that errs by up to `bound` unit roundoffs, the last rounding included."""
        if not self.approximate:
            return self._store(values, fmt)
        extra = np.minimum((np.asarray(bound) - 1) * np.ldexp(1.0, -fmt.precision), 0.5)
        sign = self.rng.choice([-1, -0.5, 0, 0.5, 1], np.shape(values))
        off = values * (1 + extra * sign)
        if newton_operand is not None and fmt.name in accuracy.NEWTON_SQUARES:
            smallest = np.ldexp(1.0, fmt.min_exponent)
            unsafe = (newton_operand < 2 * smallest) | (newton_operand > 1 / smallest)
            off = np.where(unsafe, values * 1.5, off)
            off = np.where(newton_operand == np.inf, np.nan, off)
        return self._store(off, fmt)


# The judgement.


def fault(e: Any, seed: int) -> str | None:
    """Tell what lies outside the ball: the exact value, one of three subjects, or nothing."""
    with np.errstate(all="ignore"):
        result = on_balls(e)
        for exact, centre, radius in zip(
            exactly(e), result.centre.ravel(), result.radius.ravel(), strict=True
        ):
            if exact is None or not np.isfinite(centre) or not np.isfinite(float(radius)):
                continue
            if abs(exact - _arb_of(centre)) > _arb_of(radius):
                return f"exact value {exact.str(25)} outside {centre!r} ± {radius!r}"
        rng = np.random.default_rng(seed)
        for _ in range(3):
            subject = Subject(rng, *(bool(b) for b in rng.integers(0, 2, 4)))
            observed = subject.run(e)
            if not balls.contains(result, observed).all():
                return f"{observed} outside {result}, by {subject}"
    return None


fast = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.parametrize("dtype", DTYPES)
def test_ball_holds_exact_value_and_every_subject(dtype: str) -> None:
    @fast
    @given(e=expressions(dtype), seed=st.integers(0, 1000))
    def holds(e: Any, seed: int) -> None:
        assert fault(e, seed) is None

    holds()


def _forget(monkeypatch: pytest.MonkeyPatch, fmt: Format, *names: str) -> None:
    """Have numbers of a format worked out anew, and be again what they are now after the test."""
    for name in names:
        getattr(fmt, name)
    for name in names:
        monkeypatch.delitem(fmt.__dict__, name)


@pytest.fixture
def double_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take long double for float64, as it is on some platforms."""
    _forget(monkeypatch, FORMATS["float64"], *_DERIVED)
    monkeypatch.setitem(FORMATS["float64"].__dict__, "wide", np.dtype(np.float64))
    constant.cache_clear()
    yield
    constant.cache_clear()


_DERIVED = (
    "unit_roundoff",
    "smallest_normal",
    "smallest_subnormal",
    "largest",
    "wide_epsilon",
    "operation_error",
    "outwards",
    "overflow_possible",
    "overflow_certain",
    "underflow_possible",
    "wide_range",
    "_overflow_threshold",
)


@pytest.mark.usefixtures("double_only")
def test_float64_balls_in_float64_hold() -> None:
    assert FORMATS["float64"].wide_epsilon > 2.0**-51

    @fast
    @given(e=expressions("float64", casts=False), seed=st.integers(0, 1000))
    def holds(e: Any, seed: int) -> None:
        assert fault(e, seed) is None

    holds()


def _scale(*names: str, factor: float) -> Any:
    def damage(monkeypatch: pytest.MonkeyPatch, fmt: Format) -> None:
        _forget(monkeypatch, fmt, "operation_error")
        for name in names:
            monkeypatch.setitem(fmt.__dict__, name, getattr(fmt, name) * fmt.wide.type(factor))

    return damage


def _set(table: dict[str, Any], value: Any) -> Any:
    return lambda monkeypatch, fmt: monkeypatch.setitem(table, fmt.name, value)


BROKEN = {
    "unit roundoff halved": ("float32", _scale("unit_roundoff", factor=0.5)),
    "unit roundoff a tenth short": ("float16", _scale("unit_roundoff", factor=0.9)),
    "flushed results forgotten": ("float32", _scale("underflow_possible", factor=0)),
    "flushed operands forgotten": ("float32", _scale("smallest_normal", factor=0)),
    "overflow forgotten": ("float32", _scale("overflow_possible", factor=np.inf)),
    "overflow too certain": ("float16", _scale("overflow_certain", factor=0.5)),
    "rsqrt rounds correctly": ("float32", _set(accuracy.RSQRT, 1.0)),
    "sqrt rounds correctly": ("float32", _set(accuracy.SQRT, 1.0)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_search_finds_broken_balls(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dtype, damage = BROKEN[name]
    damage(monkeypatch, FORMATS[dtype])
    try:
        find(
            st.tuples(expressions(dtype, casts=False), st.integers(0, 1000)),
            lambda case: fault(*case) is not None,
            settings=settings(fast, max_examples=3000, phases=[Phase.generate], database=None),
        )
    except NoSuchExample:
        pytest.fail(f"{name}: no expression shows it")
