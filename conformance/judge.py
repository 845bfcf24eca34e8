"""The verdict: every value a trace fetched against what its reference says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.trace import dtype_name
from reference_impls import balls

if TYPE_CHECKING:
    from conformance.record import CheckRecord
    from conformance.subject import Observed
    from conformance.trace import Array


# What the runs of a trace may give: for each step, each fetched name's array (None: an operation).
Steps = Sequence[Mapping[str, "Array | None"]]


class Deviation(AssertionError):
    """What TensorFlow gave is not what the reference says.

    Attributes
    ----------
    kind
        ``value`` (outside its ball), ``bits``, ``shape``, ``dtype``, ``fact``, ``outcome`` (none of
        those allowed) or ``error``.
    allowed, repeats
        Of a sampled trace: every allowed outcome, and how often it was run.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        observed: Observed,
        *,
        step: int | None = None,
        fetch: str | None = None,
        expected: Array | None = None,
        radius: Array | None = None,
        value: Array | None = None,
        index: tuple[int, ...] | None = None,
        allowed: Sequence[Steps] | None = None,
        repeats: int = 1,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.spec = observed.spec
        self.trace = observed.trace
        self.step = step
        self.fetch = fetch
        self.expected = expected
        self.radius = radius
        self.value = value
        self.index = index
        self.allowed = allowed
        self.repeats = repeats


@dataclass(frozen=True)
class Exact:
    """Bit for bit one of ``alternatives``, element by element (any NaN for a NaN).

    Two alternatives say what TensorFlow leaves to its thread's floating-point mode: subnormals
    kept, or flushed to zero.
    """

    alternatives: tuple[Array, ...]


def exact(*alternatives: Array) -> Exact:
    """Return the expectation of these bits."""
    return Exact(tuple(np.asarray(one) for one in alternatives))


def strings(*texts: str) -> Exact:
    """Return the expectation of an array (N,) of strings."""
    return exact(np.array([text.encode() for text in texts], object))


@dataclass(frozen=True)
class Raises:
    """TensorFlow refuses, with one of these error types."""

    types: tuple[str, ...]
    during: str | None = None  # "build", "initialize", "step N", or any


def raises(*types: str, during: str | None = None) -> Raises:
    """Return the expectation of an error."""
    return Raises(types, during)


def misfit(known: str) -> Raises:
    """Return the expectation of shapes that do not fit: ``known`` "early" or "late".

    Early, when the graph is built; late, when it runs.
    """
    if known == "early":
        return raises("ValueError", during="build")
    return raises("InvalidArgumentError", during="step 0")


Expectation = Exact | balls.Ball
Expected = Sequence[Mapping[str, Any]] | Raises
Listener = Callable[["Observed", Expected], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Have ``listener`` told of whatever `judge` is asked in this process, before it judges."""
    _listeners.append(listener)


def radii(expected: Expected) -> dict[tuple[int, str], Array]:
    """Return the radius of every ball that is expected, by step and fetch."""
    if isinstance(expected, Raises):
        return {}
    return {
        (step, name): one.radius
        for step, wanted in enumerate(expected)
        for name, one in wanted.items()
        if isinstance(one, balls.Ball)
    }


def judge(observed: Observed, expected: Expected) -> None:
    """Compare everything a trace fetched with what is expected, or raise Deviation.

    ``expected`` has a mapping for each step, from each fetched name to a `balls.Ball` (inside its
    radius), an `Exact` or an ndarray (bit for bit), or None (an operation: no value); or it is
    `Raises`. A fetched value that nothing is said of is a fault of the check, not a pass.
    """
    for listener in _listeners:
        listener(observed, expected)
    if isinstance(expected, Raises):
        _judge_refusal(observed, expected)
        return
    if observed.error is not None:
        error = observed.error
        raise Deviation("error", f"{error.type} at {error.during}: {error.message}", observed)
    if len(observed.steps) != len(expected):
        raise ValueError(f"{len(observed.steps)} steps ran, {len(expected)} are expected")
    for index, (values, wanted) in enumerate(zip(observed.steps, expected, strict=True)):
        unjudged = set(values) ^ {name for name, one in wanted.items() if one is not None}
        if unjudged:
            raise ValueError(f"step {index}: fetched or expected, not both: {sorted(unjudged)}")
    fetched = [
        (index, name, value, wanted[name])
        for index, (values, wanted) in enumerate(zip(observed.steps, expected, strict=True))
        for name, value in values.items()
    ]
    pairs = [(value, one) for *_, value, one in fetched if isinstance(one, balls.Ball)]
    all_inside = _judged_at_once(observed.record, pairs)
    for index, name, value, one in fetched:
        if not (all_inside and isinstance(one, balls.Ball)):
            _judge_value(observed, index, name, value, one)


def judge_fact(observed: Observed, name: str, expected: object) -> None:
    """Compare a fact of the graph with ``expected``, or raise Deviation."""
    if observed.error is not None and name not in observed.facts:
        error = observed.error
        raise Deviation("error", f"{error.type} at {error.during}: {error.message}", observed)
    value = observed.facts[name]
    observed.record.add_comparisons(1)
    if value != expected:
        raise Deviation("fact", f"{name}: expected {expected!r}, observed {value!r}", observed)


def _judge_refusal(observed: Observed, expected: Raises) -> None:
    observed.record.add_comparisons(1)
    wanted = " or ".join(expected.types) + (f" at {expected.during}" if expected.during else "")
    if observed.error is None:
        raise Deviation("error", f"expected {wanted}, but no error was raised", observed)
    error = observed.error
    if error.type not in expected.types or expected.during not in (None, error.during):
        raise Deviation(
            "error",
            f"expected {wanted}, observed {error.type} at {error.during}: {error.message}",
            observed,
        )


def _judged_at_once(record: CheckRecord, pairs: Iterable[tuple[Array, balls.Ball]]) -> bool:
    """Whether every value is inside its ball; they are counted then.

    Values are seldom larger than a few numbers, of which NumPy compares many in the time it needs
    to begin. Which is outside, and how far, is found one by one.
    """
    of_format: dict[balls.Format, list[tuple[Array, balls.Ball]]] = {}
    for value, ball in pairs:
        if (dtype_name(value.dtype), value.shape) != (ball.dtype, ball.shape):
            return False
        of_format.setdefault(ball.format, []).append((value, ball))
    compared = []
    for fmt, alike in of_format.items():
        value = np.concatenate([value.ravel() for value, _ in alike])
        centre = np.concatenate([ball.centre.ravel() for _, ball in alike])
        radius = np.concatenate([ball.radius.ravel() for _, ball in alike])
        joined = balls.Ball(centre, radius, fmt)
        inside, fraction = balls.measured(joined, value)
        if not inside.all():
            return False
        compared.append((value, joined, fraction))
    for value, ball, fraction in compared:
        _count(record, value, ball, fraction)
    return True


def _judge_value(observed: Observed, step: int, name: str, value: Array, wanted: Any) -> None:
    ball = wanted if isinstance(wanted, balls.Ball) else None
    alternatives = wanted.alternatives if isinstance(wanted, Exact) else (wanted,)
    model = np.asarray(ball.centre if ball is not None else alternatives[0])
    for kind, got, want in (
        ("dtype", dtype_name(value.dtype), dtype_name(model.dtype) if ball is None else ball.dtype),
        ("shape", value.shape, model.shape),
    ):
        if got != want:
            raise Deviation(
                kind,
                f"{name} at step {step}: expected {kind} {want}, observed {got}",
                observed,
                step=step,
                fetch=name,
                value=value,
            )
    if ball is not None:
        _judge_ball(observed, step, name, value, ball)
    else:
        _judge_bits(observed, step, name, value, tuple(map(np.asarray, alternatives)))


def _judge_ball(observed: Observed, step: int, name: str, value: Array, ball: balls.Ball) -> None:
    inside, fraction = balls.measured(ball, value)
    if not inside.all():
        index = _worst(np.where(inside, -1.0, fraction))
        raise Deviation(
            "value",
            f"{name} at step {step}, index {list(index)}: observed {value[index]}, expected "
            f"{ball.centre[index]} ± {ball.radius[index]:.3g}: {fraction[index]:.3g} radii away",
            observed,
            step=step,
            fetch=name,
            expected=ball.centre,
            radius=ball.radius,
            value=value,
            index=index,
        )
    _count(observed.record, value, ball, fraction)


def _count(record: CheckRecord, value: Array, ball: balls.Ball, fraction: Array) -> None:
    claimed = balls.claimed(ball)
    count = int(np.count_nonzero(claimed))
    if count:
        # Where the ball holds zero, what is left is cancellation: an ulp of it measures nothing.
        measured = claimed & (np.abs(ball.centre) > ball.radius)
        distance = balls.ulp_distance(value, ball.centre, ball.dtype)
        record.add_comparisons(
            count,
            value.size - count,
            _largest(fraction, claimed),
            _largest(distance, measured & np.isfinite(distance)),
        )
    else:
        record.add_comparisons(0, value.size)


def _largest(distances: Array, of: Array) -> float:
    """The largest of some of them, or 0."""
    return float(np.maximum.reduce(distances, axis=None, initial=0.0, where=of))


def _judge_bits(
    observed: Observed, step: int, name: str, value: Array, alternatives: tuple[Array, ...]
) -> None:
    same = np.zeros(value.shape, bool)
    for alternative in alternatives:
        same |= same_bits(value, alternative)
    if not same.all():
        index = _worst((~same).astype(float))
        first = alternatives[0]
        raise Deviation(
            "bits",
            f"{name} at step {step}, index {list(index)}: observed {value[index]!r}, expected "
            f"{' or '.join(dict.fromkeys(repr(one[index]) for one in alternatives))}, bit for bit",
            observed,
            step=step,
            fetch=name,
            expected=first,
            value=value,
            index=index,
        )
    observed.record.add_comparisons(value.size)


def same_bits(a: Array, b: Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Element by element: the same bits, or both NaN. Zeros of different sign differ."""
    if a.dtype.kind == "O":
        return np.asarray(a == b)
    if a.dtype.kind == "c":
        return same_bits(a.real, b.real) & same_bits(a.imag, b.imag)
    unsigned = np.dtype(f"u{a.dtype.itemsize}")
    same = np.asarray(np.asarray(a).view(unsigned) == np.asarray(b).view(unsigned))
    if a.dtype.kind == "f" or dtype_name(a.dtype) == "bfloat16":
        same |= np.isnan(a) & np.isnan(b)
    return same


def _worst(measure: Array) -> tuple[int, ...]:
    return tuple(int(one) for one in np.unravel_index(int(np.argmax(measure)), measure.shape))
