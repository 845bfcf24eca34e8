"""Programs drawn by hypothesis, so that an edge TensorFlow loses is an edge they miss.

A lost edge shows where it was the only way to a write: then the write does not run at all, however
operations are scheduled. So control inputs are mostly the newest that have a write behind them,
values mostly those that have none, and a run often fetches what was made last, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from random import Random

    from reference_impls.ordering.graph import Program, Statement

__all__ = ["programs"]

DTYPES = ("int32", "int64", "float32")
SHAPES = ((), (2,))

# How many elements `tf.random_shuffle` shuffles for a delay: it is stateful, so no optimiser takes
# it out or merges two of them. 20 and 200 µs.
DELAYS = (1_000, 20_000)

# As often as they are listed, the simplest first; control contexts as often as all of them.
_READS = ("identity", "add", "read_value")
_PLAIN = (
    *("assign_add", "assign", "identity", "add", "assign_sub", "subtract") * 3,
    *("read_value", "value", "alias", "no_op"),
)
_OF_OTHERS = ("group", "tuple") * 2
_NESTING = ("scope", "control_none", "cond", "while")
_KINDS = (*_PLAIN, *_OF_OTHERS, *_NESTING)


@dataclass
class _Scope:
    """Where a line stands: the names it may use, and the contexts around it.

    The names made in a context can be used after it, those of a function (a branch or a turn) not.
    """

    variables: list[str]
    updates: list[str] = field(default_factory=list)
    operations: list[str] = field(default_factory=list)
    tensors: list[str] = field(default_factory=list)
    # What runs an update when it runs; and whether all that is made here does.
    writing: set[str] = field(default_factory=set)
    behind_write: bool = False
    nested: int = 0
    in_function: bool = False
    # The control inputs of all contexts around.
    waited_for: frozenset[str] = frozenset()
    # In a function: the names made outside it, which may be used as values only.
    outside: frozenset[str] = frozenset()

    def define(self, kind: list[str], name: str, of: Iterable[object] = ()) -> None:
        """Add a name made of others to those of its kind."""
        kind.append(name)
        if self.behind_write or kind is self.updates or self.writing.intersection(of):
            self.writing.add(name)

    def context(self, *, behind_write: bool, waited_for: Sequence[str] = ()) -> _Scope:
        """The inside of a context, whose names are these."""
        waited = self.waited_for.union(waited_for)
        nested = self.nested + 1
        return replace(self, nested=nested, behind_write=behind_write, waited_for=waited)

    def function(self) -> _Scope:
        """The inside of a branch or a turn."""
        return _Scope(
            list(self.variables),
            tensors=list(self.tensors),
            writing=set(self.writing),
            nested=self.nested + 1,
            in_function=True,
            outside=frozenset(self.tensors),
        )

    @property
    def values(self) -> list[str]:
        return [*self.variables, *self.updates, *self.tensors]

    @property
    def made(self) -> list[str]:
        """What was made here, the newest last."""
        names = {*self.updates, *self.operations, *self.tensors} - self.outside
        return sorted(names, key=lambda one: int(one[1:]))

    @property
    def newest(self) -> str | None:
        """What a context is most often made of: the newest that writes and is not waited for."""
        made = [one for one in self.made if one not in self.waited_for]
        newest = [*made[-1:], *(one for one in made if one in self.writing)][-1:]
        return newest[0] if newest else None


class _Choice:
    """One number that hypothesis chose, as a choice among any options; 0 is the simplest."""

    def __init__(self, number: int) -> None:
        self._number = number

    def below(self, count: int) -> int:
        self._number, chosen = divmod(self._number, count)
        return chosen

    def one(self, options: Sequence[Any]) -> Any:
        # Not `below(len(options))`: what is left of the number would depend on how many there are.
        return options[self.below(64) % len(options)]

    def several(self, options: Sequence[str], least: int) -> list[str]:
        """Up to three, none twice."""
        count = least + self.below(4 - least) if options else 0
        return list(dict.fromkeys(self.one(options) for _ in range(count)))

    def value(self, scope: _Scope, *numbers: int) -> Any:
        """A value, most often a tensor that runs no update."""
        quiet = [one for one in scope.tensors if one not in scope.writing]
        return self.one([*numbers, *scope.values, *quiet * 6])


class _Draw:
    """Draws statements, those in contexts and functions included.

    Whether there is another, its kind and three more: every statement is five numbers of one range,
    whatever it is. So hypothesis, which shrinks by leaving out up to five numbers in a row, can
    leave out any statement, and those after it stay what they were.
    """

    def __init__(self, random: Random, size: int, functions: bool) -> None:
        self._random = random
        self._left = size
        self._functions = functions
        self._count = 0

    def choice(self) -> _Choice:
        return _Choice(self._random.randrange(1 << 24))

    def name(self) -> str:
        self._count += 1
        return f"t{self._count}"

    def body(self, scope: _Scope) -> list[Statement]:
        """At least one statement: at the top mostly all there may be, elsewhere about two."""
        statements: list[Statement] = []
        while self._left:
            more = self.choice().below(2 if scope.nested else 20)
            if statements and not more:
                break
            self._left -= 1
            kind = self.kind(scope, self.choice())
            statements.append(
                _DRAWS[kind](self, kind, scope, self.choice(), self.choice(), self.choice())
            )
        return statements

    def kind(self, scope: _Scope, choice: _Choice) -> str:
        """What a line here is: reads first, then often a context, if there is a write.

        The same choice is the same kind wherever it can be, so that leaving out a line does not
        change the others.
        """
        may_nest = self._left and scope.nested < 3
        at = choice.below(2 * len(_KINDS))
        if at < len(_KINDS):
            kind = _KINDS[at]
            functions = self._functions and not scope.in_function
            possible = {
                **dict.fromkeys(_OF_OTHERS, bool(scope.made)),
                **dict.fromkeys(_NESTING, may_nest and functions),
                "scope": may_nest,
                "control_none": may_nest and not scope.in_function,
            }
            if possible.get(kind, True):
                return kind
        elif may_nest and scope.newest:
            often = len(_KINDS) // (1 + scope.nested) if scope.newest in scope.writing else 3
            if at < len(_KINDS) + often:
                return "control"
        return choice.one(_PLAIN if scope.tensors else _READS)  # type: ignore[no-any-return]

    def assign(self, kind: str, scope: _Scope, a: _Choice, b: _Choice, c: _Choice) -> Statement:
        name, variable, value = self.name(), a.one(scope.variables), b.value(scope, 1, 2)
        statement = {"op": kind, "id": name, "variable": variable, "value": value}
        locking = c.one((None, True, False))
        if locking is not None:
            statement["use_locking"] = locking
        scope.define(scope.updates, name)
        return _delayed(statement, c)

    def identity(self, kind: str, scope: _Scope, a: _Choice, _: _Choice, c: _Choice) -> Statement:
        name, of = self.name(), a.value(scope)
        scope.define(scope.tensors, name, [of])
        return _delayed({"op": kind, "id": name, "of": of}, c)

    def read(self, kind: str, scope: _Scope, a: _Choice, _: _Choice, c: _Choice) -> Statement:
        name, of = self.name(), a.one(scope.variables)
        scope.define(scope.tensors, name)
        return _delayed({"op": kind, "id": name, "of": of}, c)

    def arithmetic(self, kind: str, scope: _Scope, a: _Choice, b: _Choice, c: _Choice) -> Statement:
        # Not where Grappler breaks sums: of a sum and a number, and in a branch of a tensor with
        # itself. See the named tests `write_behind_a_sum_that_is_added_to` and
        # `sum_with_itself_in_a_branch`; they would be found again and again.
        name, variables = self.name(), [*scope.variables, *scope.updates]
        x = a.one(variables) if scope.in_function else a.value(scope)
        y = b.one((1, 2, 0)) if scope.in_function else b.value(scope, *(1, 2, 0) * (x in variables))
        scope.define(scope.tensors, name, [x, y])
        return _delayed({"op": kind, "id": name, "x": x, "y": y}, c)

    def alias(self, kind: str, scope: _Scope, a: _Choice, *_: _Choice) -> Statement:
        name, of = self.name(), a.one(scope.values)
        same = next(one for one in (scope.variables, scope.updates, scope.tensors) if of in one)
        same.append(name)
        scope.writing |= {name} if of in scope.writing else set()
        return {"op": kind, "id": name, "of": of}

    def no_op(self, kind: str, scope: _Scope, _a: _Choice, _b: _Choice, c: _Choice) -> Statement:
        name = self.name()
        scope.define(scope.operations, name)
        return _delayed({"op": kind, "id": name}, c)

    def group(self, kind: str, scope: _Scope, a: _Choice, _: _Choice, c: _Choice) -> Statement:
        name = self.name()
        inputs = a.several([*scope.updates, *scope.operations, *scope.tensors], 0)
        scope.define(scope.operations, name, inputs)
        return _delayed({"op": kind, "id": name, "inputs": inputs}, c)

    def tuple(self, kind: str, scope: _Scope, a: _Choice, b: _Choice, c: _Choice) -> Statement:
        tensors = a.several(scope.values, 1)
        control = b.several([*scope.operations, *scope.tensors], 0)
        ids = [self.name() for _ in tensors]
        for name in ids:
            scope.define(scope.tensors, name, [*tensors, *control])
        statement = {"op": kind, "ids": ids, "tensors": tensors, "control_inputs": control}
        return _delayed(statement, c)

    def control(self, kind: str, scope: _Scope, a: _Choice, b: _Choice, _: _Choice) -> Statement:
        newest = [scope.newest] if scope.newest else []
        inputs = b.several([*scope.made, *scope.variables], 1) if a.below(4) == 3 else newest
        behind = scope.behind_write or not scope.writing.isdisjoint(inputs)
        body = self.body(scope.context(behind_write=behind, waited_for=inputs))
        return {"op": kind, "inputs": inputs, "body": body}

    def control_none(self, kind: str, scope: _Scope, *_: _Choice) -> Statement:
        return {"op": kind, "body": self.body(scope.context(behind_write=False))}

    def scope(self, kind: str, scope: _Scope, *_: _Choice) -> Statement:
        body = self.body(scope.context(behind_write=scope.behind_write))
        return {"op": kind, "name": f"scope{self._count}", "body": body}

    def cond(self, kind: str, scope: _Scope, *choices: _Choice) -> Statement:
        *results, c = choices
        statement: dict[str, Any] = {"op": kind, "id": self.name(), "taken": bool(c.below(2))}
        writing: set[str] = set()
        for branch, result in zip(("true", "false"), results, strict=True):
            within = scope.function()
            body = self.body(within) if result.below(3) else []
            statement[branch] = {"body": body, "result": result.one([1, 2, *within.values])}
            writing |= within.writing
        scope.define(scope.tensors, statement["id"])
        scope.writing |= {statement["id"]} if writing - scope.writing else set()
        return _delayed(statement, c)

    def while_loop(self, kind: str, scope: _Scope, a: _Choice, _: _Choice, c: _Choice) -> Statement:
        name, within = self.name(), scope.function()
        statement = {"op": kind, "id": name, "times": a.below(4), "body": self.body(within)}
        scope.define(scope.operations, name)
        scope.writing |= {name} if within.writing - scope.writing else set()
        return _delayed(statement, c)


def _delayed(statement: dict[str, Any], choice: _Choice) -> Statement:
    delay = choice.one((None, None, None, *DELAYS))
    return statement if delay is None else {**statement, "delay": delay}


_DRAWS: dict[str, Callable[..., Statement]] = {
    "assign": _Draw.assign,
    "assign_add": _Draw.assign,
    "assign_sub": _Draw.assign,
    "identity": _Draw.identity,
    "add": _Draw.arithmetic,
    "subtract": _Draw.arithmetic,
    "read_value": _Draw.read,
    "value": _Draw.read,
    "alias": _Draw.alias,
    "no_op": _Draw.no_op,
    "group": _Draw.group,
    "tuple": _Draw.tuple,
    "control": _Draw.control,
    "control_none": _Draw.control_none,
    "scope": _Draw.scope,
    "cond": _Draw.cond,
    "while": _Draw.while_loop,
}


@st.composite
def programs(draw: Any, *, size: int = 12, functions: bool = True) -> Program:
    """Programs of up to ``size`` statements; without ``functions``, none has a cond or a while.

    The last run fetches every variable, so that what was written is seen.
    """
    # One source for all: hypothesis copies what a strategy drew here over what it drew there, and
    # most programs would be the one before with a part of it twice.
    drawing = _Draw(draw(st.randoms(use_true_random=False)), size, functions)
    kind = drawing.choice()
    dtype, shape, names = kind.one(DTYPES), kind.one(SHAPES), ["x", "y"][: 1 + kind.below(2)]
    variables: list[dict[str, Any]] = []
    for name in names:
        choice = drawing.choice()
        variables.append({"name": name, "initial": 1 + choice.below(3)})
        if choice.below(8) == 7:
            variables[-1]["caching_device"] = True
    scope = _Scope(list(names))
    body = drawing.body(scope)
    fetched = drawing.choice()
    others = fetched.several([*scope.made, *names], 1) if fetched.below(4) == 3 else []
    runs = [list(dict.fromkeys([*scope.made[-1:], *others] or names))]
    if fetched.below(2):
        runs.append(drawing.choice().several([*scope.made, *names], 1))
    return {
        "dtype": dtype,
        "shape": list(shape),
        "variables": variables,
        "body": body,
        "runs": [*runs, names],
    }
