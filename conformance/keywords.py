"""``-k`` expressions, pytest's own, over what is no test."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from _pytest.mark.expression import Expression

from conformance.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["parsed", "select"]

Thing = TypeVar("Thing")


def select(
    expression: str | None, things: Iterable[Thing], names: Callable[[Thing], Iterable[str]]
) -> list[Thing]:
    """Return the things of which an expression holds: all, when there is none.

    As in pytest, each word of the expression is looked for in a thing's names, regardless of case.

    Raises
    ------
    UsageError
        The expression cannot be parsed.
    """
    if not expression:
        return list(things)
    try:
        compiled = parsed(expression)
    except SyntaxError as error:
        raise UsageError(f"-k {expression!r}: {error}; see `pytest --help`") from error
    return [thing for thing in things if compiled.evaluate(_Names(names(thing)))]


def parsed(expression: str) -> Expression:
    """Return the expression.

    Raises
    ------
    SyntaxError
        It is none.
    """
    return Expression.compile(expression)


class _Names:
    """Matches one word of an expression against some names."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = [name.lower() for name in names]

    def __call__(self, word: str, /, **_: object) -> bool:
        return any(word.lower() in name for name in self._names)
