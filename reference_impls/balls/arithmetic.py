"""The ball, its leaves and its operators."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reference_impls.balls.accuracy import RECIPROCAL
from reference_impls.balls.formats import Format, Wide, format_of

if TYPE_CHECKING:
    from collections.abc import Callable

Mask = NDArray[np.bool_]

quiet = np.errstate(all="ignore")
"""Decorator: infinities and NaN have defined rules here and are no reason to warn."""


def anywhere(mask: Mask | np.bool_) -> bool:
    """Whether anything is true. References ask it so often that `numpy.any`'s own cost shows."""
    return bool(np.count_nonzero(mask))


def everywhere(mask: Mask | np.bool_) -> bool:
    """Whether everything is true; see `anywhere`."""
    return bool(np.count_nonzero(mask) == mask.size)


class Ball:
    """Everything a TensorFlow may compute, elementwise: `centre` plus or minus `radius`.

    | radius | centre | claim |
    |---|---|---|
    | finite | finite | the result is finite and in [centre - radius, centre + radius] |
    | 0 | +inf or -inf | the result is that infinity |
    | 0 | NaN | the result is NaN |
    | inf | any | none |

    Operands that are no balls are constants of the graph: a Python number is rounded to the ball's
    dtype first (as `tf.convert_to_tensor` does), an array must already have it. Shapes broadcast as
    in NumPy.

    Parameters
    ----------
    centre, radius : array
        Of the same shape, in the format's `wide` type.
    dtype : str
        The subject's dtype: float16, bfloat16, float32 or float64.
    lower : array, optional
        A bound below every possible result, where more is known than centre - radius: a computed
        square is never negative, however large its radius.
    """

    __array_ufunc__ = None  # an ndarray leaves mixed operators to the ball
    __slots__ = ("centre", "format", "lower", "radius")

    def __init__(
        self, centre: Wide, radius: Wide, dtype: str | Format, lower: Wide | None = None
    ) -> None:
        self.format = dtype if isinstance(dtype, Format) else format_of(dtype)
        self.centre = np.asarray(centre)
        self.radius = np.asarray(radius)
        self.lower = None if lower is None else np.asarray(lower)

    @property
    def dtype(self) -> str:
        """Name of the subject's dtype."""
        return self.format.name

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array of balls."""
        return self.centre.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.centre.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.centre.size

    @property
    def lower_bound(self) -> Wide:
        """The best known bound below every possible result."""
        below = self.centre - self.radius
        return below if self.lower is None else np.fmax(below, self.lower)

    def __len__(self) -> int:
        return len(self.centre)

    def __repr__(self) -> str:
        return f"Ball({self.centre} ± {self.radius}, dtype={self.dtype!r})"

    def __getitem__(self, index: Any) -> Ball:
        return self.rearranged(lambda array: array[index])

    def rearranged(self, move: Callable[[Wide], Any]) -> Ball:
        """Apply a function that moves or repeats elements and computes nothing."""
        lower = None if self.lower is None else move(self.lower)
        return Ball(move(self.centre), move(self.radius), self.format, lower)

    def __neg__(self) -> Ball:
        return Ball(-self.centre, self.radius, self.format)

    def __add__(self, other: Ball | ArrayLike) -> Ball:
        return add(self, operand(other, self.format))

    __radd__ = __add__

    def __sub__(self, other: Ball | ArrayLike) -> Ball:
        return add(self, -operand(other, self.format))

    def __rsub__(self, other: ArrayLike) -> Ball:
        return add(operand(other, self.format), -self)

    def __mul__(self, other: Ball | ArrayLike) -> Ball:
        return multiply(self, operand(other, self.format))

    __rmul__ = __mul__

    def __truediv__(self, other: Ball | ArrayLike) -> Ball:
        divisor = operand(other, self.format)
        if isinstance(other, Ball):
            return divide(self, divisor)
        # Grappler makes a product with the reciprocal of a division by a constant
        # (ConstantFolding::ReduceDivToReciprocalMul in constant_folding.cc).
        return hull(divide(self, divisor), multiply(self, reciprocal(divisor)))

    def __rtruediv__(self, other: ArrayLike) -> Ball:
        return divide(operand(other, self.format), self)

    def __pow__(self, other: Ball | ArrayLike) -> Ball:
        # Here, because functions.py builds on this module.
        from reference_impls.balls.functions import pow as power

        return power(self, other)


@quiet
def ball(x: ArrayLike, dtype: object = None) -> Ball:
    """Leaf: an array the subject is fed, exact but for subnormals, which it may read as zero.

    Parameters
    ----------
    x : array_like
        Values. Without `dtype`, a NumPy array of float16, bfloat16 (ml_dtypes), float32 or float64.
    dtype : optional
        Round `x` to this dtype first.

    Raises
    ------
    TypeError
        If the dtype is none of those.
    """
    array = np.asarray(x)
    fmt = format_of(array.dtype if dtype is None else dtype)
    if array.dtype != fmt.dtype:
        array = array.astype(fmt.dtype)
    centre = array.astype(fmt.wide)
    magnitude = np.abs(centre)
    small = magnitude < fmt.smallest_normal
    radius = np.where(small, magnitude, 0) if anywhere(small) else np.zeros(array.shape, fmt.wide)
    return Ball(centre, radius, fmt)


def operand(x: Ball | ArrayLike, fmt: Format) -> Ball:
    """Make a ball of the other operand of an operator.

    Raises
    ------
    TypeError
        If `x` is a ball or an array of another dtype: TensorFlow does not convert either.
    """
    if isinstance(x, Ball):
        found = x.format
    elif isinstance(x, int | float) and not isinstance(x, np.generic):
        return constant(x, math.copysign(1, x), fmt)
    else:
        array = np.asarray(x)
        found = format_of(array.dtype)
        x = Ball.__new__(Ball) if found is not fmt else ball(array)
    if found is not fmt:
        raise TypeError(f"a {fmt.name} ball met {found.name}: cast one of them")
    return x


@functools.lru_cache(maxsize=1024)
def constant(x: float, _sign: float, fmt: Format) -> Ball:
    """The ball of a Python number; a cache takes 0.0 and -0.0 for one but for their sign."""
    return ball(x, fmt.name)


def paired(x: Ball | ArrayLike, y: Ball | ArrayLike) -> tuple[Ball, Ball]:
    """Make balls of two operands, at least one of which is one."""
    if isinstance(x, Ball):
        return x, operand(y, x.format)
    if isinstance(y, Ball):
        return operand(x, y.format), y
    raise TypeError("neither operand is a Ball")


def vanished(result: Wide, spread: Wide, *operands: Ball) -> Wide:
    """Keep a result that underflowed in the wide type from passing for an exact zero.

    It is one where an operand is.
    """
    fmt = operands[0].format
    if fmt.wide_range:
        return spread
    lost = (result == 0) & (spread == 0)
    for one in operands:
        bound = magnitude(one)
        lost = lost & (bound != 0) & np.isfinite(bound)
    return np.where(lost, fmt.smallest_subnormal, spread)


def magnitude(x: Ball) -> Wide:
    """Bound above the absolute value of every possible result."""
    return np.asarray(np.abs(x.centre) + x.radius)


def rounded(
    fmt: Format,
    centre: Wide,
    spread: Wide,
    definite: Callable[[], Mask] | None = None,
    lower: Wide | None = None,
) -> Ball:
    """Ball of one operation's result: add to a spread what storing it in `fmt` may add.

    Parameters
    ----------
    fmt : Format
        The subject's format.
    centre : array
        The result on the centres of the operands.
    spread : array
        Distance from `centre` that the exact result may have on operands in their balls, and that
        an operation which is not correctly rounded adds before the last rounding.
    definite : callable, optional
        Where an infinite or NaN `centre` is the result for all operands in their balls, judged only
        when something is not finite. By default nowhere.
    lower : array, optional
        As in `Ball`.
    """
    magnitude = np.abs(centre)
    reach = magnitude + spread
    radius = spread + fmt.operation_error * reach
    underflow = magnitude - spread < fmt.underflow_possible
    if anywhere(underflow):
        radius = radius + np.where(underflow & (reach > 0), fmt.smallest_normal, 0)
    radius = radius * fmt.outwards
    stays_finite = reach < fmt.overflow_possible
    if everywhere(stays_finite):
        return Ball(centre, radius, fmt, lower)
    overflows = np.isfinite(centre) & (magnitude - spread >= fmt.overflow_certain)
    decided = overflows if definite is None else overflows | definite()
    return Ball(
        np.where(overflows, np.copysign(np.inf, centre), centre),
        np.where(decided, 0, np.where(stays_finite, radius, np.inf)),
        fmt,
        lower,
    )


def claims(x: Ball) -> Mask:
    """Where a ball claims anything."""
    return np.isfinite(x.radius)


def singular(x: Ball) -> Mask:
    """Where a ball is definitely infinite or NaN."""
    return claims(x) & ~np.isfinite(x.centre)


def exact_zero(x: Ball) -> Mask:
    """Where a ball holds zero alone."""
    return np.equal(x.centre, 0) & np.equal(x.radius, 0)


def holds_zero(x: Ball) -> Mask:
    """Where a ball holds zero among other numbers, or claims nothing."""
    return (np.abs(x.centre) <= x.radius) & (x.radius > 0)


def _non_negative(*balls: Ball) -> bool:
    return all(everywhere(x.lower_bound >= 0) for x in balls)


def _zero_floor(result: Wide, *balls: Ball) -> Wide | None:
    """Floor of a product or quotient, where a floor of an operand makes it worth asking."""
    if all(x.lower is None for x in balls) or not _non_negative(*balls):
        return None
    return np.zeros_like(result)


@quiet
def add(x: Ball, y: Ball) -> Ball:
    """Sum of two balls of one dtype."""
    fmt = x.format
    lower = None
    if x.lower is not None or y.lower is not None:
        below = x.lower_bound + y.lower_bound
        # Rounding is monotonic and flushing stops at zero: a sum bounded by zero stays so.
        slack = fmt.operation_error * np.abs(below) + fmt.smallest_normal
        lower = np.where(below >= 0, np.maximum(below - slack, 0), below - slack)
    return rounded(
        fmt,
        x.centre + y.centre,
        x.radius + y.radius,
        lambda: claims(x) & claims(y) & (singular(x) | singular(y)),
        lower,
    )


@quiet
def multiply(x: Ball, y: Ball) -> Ball:
    """Product of two balls of one dtype."""
    centre = x.centre * y.centre
    spread: Wide = np.abs(x.centre) * y.radius + x.radius * (np.abs(y.centre) + y.radius)
    spread = vanished(centre, spread, x, y)

    def definite() -> Mask:
        undecided = ~np.isnan(x.centre) & ~np.isnan(y.centre) & (holds_zero(x) | holds_zero(y))
        return claims(x) & claims(y) & (singular(x) | singular(y)) & ~undecided

    return rounded(x.format, centre, spread, definite, _zero_floor(centre, x, y))


@quiet
def divide(x: Ball, y: Ball) -> Ball:
    """Quotient of two balls of one dtype, correctly rounded.

    The infinity a division by zero gives takes the sign of that zero. A divisor -0 gives no claim:
    whether TensorFlow has the same zero depends on too much.
    """
    centre = x.centre / y.centre
    gap = np.abs(y.centre) - y.radius
    spread: Wide = (x.radius + np.abs(centre) * y.radius) / gap
    if not everywhere(gap > 0):
        spread = np.where(gap > 0, spread, np.where(exact_zero(y), np.nan, np.inf))

    def definite() -> Mask:
        nan = np.isnan(x.centre) | np.isnan(y.centre)
        by_zero = exact_zero(y) & ~np.signbit(y.centre) & ~holds_zero(x)
        by_nonzero = (singular(x) | singular(y)) & ~holds_zero(y) & ~exact_zero(y)
        by_infinity = np.isinf(y.centre)
        return claims(x) & claims(y) & (nan | by_zero | by_nonzero | by_infinity)

    # A ball over infinity is zero, which the formula for the spread cannot see.
    over_infinity = np.isinf(y.centre) & claims(y) & claims(x) & np.isfinite(x.centre)
    if anywhere(over_infinity):
        spread = np.where(over_infinity, 0, spread)
    spread = vanished(centre, spread, x, y)
    return rounded(x.format, centre, spread, definite, _zero_floor(centre, x, y))


@quiet
def reciprocal(x: Ball) -> Ball:
    """1/x, by a kernel that need not round correctly (see `accuracy.RECIPROCAL`)."""
    fmt = x.format
    one = ball(1.0, fmt.name)
    error = fmt.wide.type((RECIPROCAL[fmt.name] - 1) * float(fmt.unit_roundoff))
    quotient = divide(one, x)
    if error == 0:
        return quotient
    magnitude = np.abs(quotient.centre) + quotient.radius
    # The approximation the kernel starts from is zero already for results just above the smallest
    # normal number.
    flushed = (magnitude > 0) & (magnitude < 4 * fmt.smallest_normal)
    spread = quotient.radius + error * magnitude + np.where(flushed, fmt.smallest_normal, 0)
    return rounded(
        fmt, quotient.centre, spread, lambda: singular(quotient), _zero_floor(magnitude, x)
    )


@quiet
def hull(x: Ball, y: Ball) -> Ball:
    """Smallest ball that holds both, for results two formulations are allowed to give.

    Where both have the same centre it is kept. Where one is definitely infinite or NaN and the
    other is not, nothing is claimed.
    """
    fmt = x.format
    same = (x.centre == y.centre) | (np.isnan(x.centre) & np.isnan(y.centre))
    below = np.minimum(x.centre - x.radius, y.centre - y.radius)
    above = np.maximum(x.centre + x.radius, y.centre + y.radius)
    middle = below + (above - below) / 2
    half = (above - below) / 2 + fmt.wide_epsilon * np.maximum(np.abs(below), np.abs(above))
    radius = np.where(same, np.maximum(x.radius, y.radius), half * fmt.outwards)
    lower = None
    if x.lower is not None or y.lower is not None:
        lower = np.minimum(x.lower_bound, y.lower_bound)
    return Ball(
        np.where(same, x.centre, middle),
        np.where(np.isnan(radius), np.inf, radius),
        fmt,
        lower,
    )
