"""Small programs of assigns, reads and control edges: as TF1 code, and drawn by hypothesis.

What a program is, and what each statement means, stands in `reference_impls.ordering.graph`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from reference_impls.ordering.graph import BLOCKS, Program, Statement, names_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["counters_in", "operations_in", "programs", "source"]

DTYPES = ("int32", "int64", "float32")
SHAPES = ((), (2,))

# How many elements `tf.random_shuffle` shuffles for a delay: it is stateful, so no optimiser takes
# it out or merges two of them. 20 and 200 µs.
DELAYS = (1_000, 20_000)

_UPDATES = ("assign", "assign_add", "assign_sub")
_INDENT = "    "


def source(program: Program, *, use_resource: bool) -> str:
    """Return ``program`` as TF1 code, which is what the worker runs and a reader is shown."""
    lines = [f"delay{size} = tf.constant(np.arange({size}))" for size in sorted(_delays(program))]
    for variable in program["variables"]:
        options = [f'name="{variable["name"]}"', f"use_resource={use_resource}"]
        if variable.get("caching_device"):
            options.append('caching_device="/cpu:0"')
        initial = _constant(program, variable["initial"])
        lines.append(f"{variable['name']} = tf.Variable({initial}, {', '.join(options)})")
    lines += _Writer(program).body(program["body"])
    return "\n".join(lines) + "\n"


def counters_in(statements: Sequence[Statement]) -> Iterator[str]:
    """The names of while loops, which are scalars in every program."""
    for one in statements:
        if one["op"] == "while":
            yield one["id"]
        yield from counters_in(one.get("body", ()))


def operations_in(statements: Sequence[Statement]) -> int:
    """How many statements make operations, those in nested bodies included."""
    count = 0
    for one in statements:
        bodies = [one[key] for key in ("body",) if key in one]
        bodies += [one[key]["body"] for key in ("true", "false") if key in one]
        count += sum(map(operations_in, bodies)) + (one["op"] not in (*BLOCKS, "alias"))
    return count


def _delays(program: Program) -> set[int]:
    found: set[int] = set()

    def look(statements: Sequence[Statement]) -> None:
        for one in statements:
            found.update({one["delay"]} if one.get("delay") else ())
            look(one.get("body", ()))
            for branch in ("true", "false"):
                look(one[branch]["body"] if branch in one else ())

    look(program["body"])
    return found


def _constant(program: Program, number: int) -> str:
    """``number`` in every element of the program's shape."""
    text = f"{number}.0" if program["dtype"] == "float32" else str(number)
    for length in reversed(program["shape"]):
        text = "[" + ", ".join([text] * length) + "]"
    return f"np.array({text}, np.{program['dtype']})"


def _listed(names: Sequence[str]) -> str:
    return "[" + ", ".join(names) + "]"


class _Writer:
    """Writes statements as lines of code."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def body(self, statements: Sequence[Statement]) -> list[str]:
        lines: list[str] = []
        for one in statements:
            written = list(self._statement(one))
            if one.get("delay"):
                gate = f"with tf.control_dependencies([tf.random_shuffle(delay{one['delay']})]):"
                written = [gate, *self._indented(written)]
            lines += written
        return lines

    @staticmethod
    def _indented(lines: Sequence[str]) -> list[str]:
        return [_INDENT + line for line in lines] or [_INDENT + "pass"]

    def _operand(self, operand: str | int) -> str:
        return operand if isinstance(operand, str) else _constant(self._program, operand)

    def _statement(self, one: Statement) -> Iterator[str]:
        op = one["op"]
        if op in _UPDATES:
            locking = f", use_locking={one['use_locking']}" if "use_locking" in one else ""
            value = self._operand(one["value"])
            yield f"{one['id']} = tf.{op}({one['variable']}, {value}{locking})"
        elif op in ("add", "subtract"):
            yield f"{one['id']} = tf.{op}({one['x']}, {self._operand(one['y'])})"
        elif op == "identity":
            yield f"{one['id']} = tf.identity({one['of']})"
        elif op in ("read_value", "value"):
            yield f"{one['id']} = {one['of']}.{op}()"
        elif op == "alias":
            yield f"{one['id']} = {one['of']}"
        elif op == "no_op":
            yield f"{one['id']} = tf.no_op()"
        elif op == "group":
            yield f"{one['id']} = tf.group({', '.join(one['inputs'])})"
        elif op == "tuple":
            inputs = one.get("control_inputs", ())
            control = f", control_inputs={_listed(inputs)}" if inputs else ""
            yield f"{', '.join(one['ids'])}, = tf.tuple({_listed(one['tensors'])}{control})"
        elif op == "control":
            yield f"with tf.control_dependencies({_listed(one['inputs'])}):"
            yield from self._indented(self.body(one["body"]))
        elif op == "control_none":
            yield "with tf.control_dependencies(None):"
            yield from self._indented(self.body(one["body"]))
        elif op == "scope":
            yield f'with tf.name_scope("{one["name"]}"):'
            yield from self._indented(self.body(one["body"]))
        elif op == "cond":
            yield from self._cond(one)
        elif op == "while":
            yield from self._while(one)
        else:
            raise ValueError(f"no statement is called {op!r}")

    def _function(self, head: str, body: Sequence[Statement], result: str) -> Iterator[str]:
        """A function whose result is made after everything it names."""
        yield head
        yield from self._indented(self.body(body)) if body else ()
        yield f"{_INDENT}with tf.control_dependencies({_listed(list(names_in(body)))}):"
        yield f"{_INDENT * 2}return {result}"

    def _cond(self, one: Statement) -> Iterator[str]:
        for branch in ("true", "false"):
            result = f"tf.identity({self._operand(one[branch]['result'])})"
            head = f"def {one['id']}_{branch}():"
            yield from self._function(head, one[branch]["body"], result)
        taken = f"tf.placeholder_with_default({one['taken']}, [])"
        yield f"{one['id']} = tf.cond({taken}, {one['id']}_true, {one['id']}_false)"

    def _while(self, one: Statement) -> Iterator[str]:
        yield from self._function(f"def {one['id']}_body(turn):", one["body"], "turn + 1")
        yield (
            f"{one['id']} = tf.while_loop(lambda turn: turn < {one['times']}, "
            f"{one['id']}_body, [0])"
        )


@dataclass(frozen=True)
class _Names:
    """What the lines so far have defined, by what may be done with it."""

    variables: tuple[str, ...]
    updates: tuple[str, ...] = ()
    tensors: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    # In a branch or a turn: the names made outside it, which may be used as values only.
    outside: tuple[str, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        return (*self.variables, *self.updates, *self.tensors)

    @property
    def inputs(self) -> tuple[str, ...]:
        """What may be a control input."""
        return (*self.updates, *self.operations, *self.tensors, *self.variables)


@dataclass
class _Draw:
    """Draws statements until it has used up what it may."""

    draw: Any
    left: int
    blocks: bool
    made: int = 0
    names: list[str] = field(default_factory=list)

    def pick(self, options: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(options))

    def operand(self, scope: _Names) -> str | int:
        """A value made already, or a number: a number would hide what was lost before it."""
        made = (*scope.tensors, *scope.updates)
        return self.pick((*range(1, 4), *scope.variables, *made, *made))  # type: ignore[no-any-return]

    def name(self) -> str:
        self.made += 1
        return f"t{self.made}"

    def body(
        self, scope: _Names, *, nested: int = 0, inside: bool = False
    ) -> tuple[list[Any], _Names]:
        statements: list[Any] = []
        while self.left > 0 and (not statements or not nested or self.draw(st.booleans())):
            self.left -= 1
            statement, scope = self.statement(scope, nested, inside)
            statements.append(statement)
        return statements, scope

    def statement(self, scope: _Names, nested: int, inside: bool) -> tuple[Any, _Names]:
        may_nest = self.left > 0 and nested < 3
        made = scope.updates or scope.operations or scope.tensors != scope.outside
        if made and may_nest and self.draw(st.integers(0, 2)):
            kinds = ["control"]
        elif self.draw(st.integers(0, 3)):
            kinds = ["assign_add", "assign", "identity", "assign_sub", "add"]
        else:
            kinds = ["read_value", "no_op", "subtract", "value", "alias"]
            kinds += ["group", "tuple"] * 2 if made else []
            kinds += ["scope"] if may_nest else []
            kinds += ["control_none"] if may_nest and not inside else []
            kinds += ["cond", "while"] if may_nest and not inside and self.blocks else []
        kind = self.pick(kinds)
        return _DRAWS[kind](self, kind, scope, nested, inside)

    def _delayed(self, statement: dict[str, Any]) -> dict[str, Any]:
        delay = self.pick((None, None, None, *DELAYS))
        return statement if delay is None else {**statement, "delay": delay}

    def _assign(self, kind: str, scope: _Names, *_: Any) -> tuple[Any, _Names]:
        variable = self.pick(scope.variables)
        value = self.operand(scope)
        name = self.name()
        statement = {"op": kind, "id": name, "variable": variable, "value": value}
        locking = self.pick((None, True, False))
        if locking is not None:
            statement["use_locking"] = locking
        return self._delayed(statement), replace(scope, updates=(*scope.updates, name))

    def _tensor(self, statement: dict[str, Any], scope: _Names) -> tuple[Any, _Names]:
        name = self.name()
        made = self._delayed({"op": statement["op"], "id": name, **statement})
        return made, replace(scope, tensors=(*scope.tensors, name))

    def _identity(self, kind: str, scope: _Names, *_: Any) -> tuple[Any, _Names]:
        return self._tensor({"op": kind, "of": self.pick(scope.values)}, scope)

    def _read_value(self, kind: str, scope: _Names, *_: Any) -> tuple[Any, _Names]:
        return self._tensor({"op": kind, "of": self.pick(scope.variables)}, scope)

    def _arithmetic(self, kind: str, scope: _Names, *_: Any) -> tuple[Any, _Names]:
        # Of two values made before, nothing is made here but the sum: its own edges are all it has.
        made = scope.tensors * 3
        x, y = self.pick((*made, *scope.values)), self.pick((*made, 1, 2, *scope.values))
        return self._tensor({"op": kind, "x": x, "y": y}, scope)

    def _alias(self, kind: str, scope: _Names, *_: Any) -> tuple[Any, _Names]:
        name, of = self.name(), self.pick(scope.values)
        statement = {"op": kind, "id": name, "of": of}
        if of in scope.variables:
            return statement, replace(scope, variables=(*scope.variables, name))
        if of in scope.updates:
            return statement, replace(scope, updates=(*scope.updates, name))
        return statement, replace(scope, tensors=(*scope.tensors, name))

    def _no_op(self, kind: str, scope: _Names, *_: Any) -> tuple[Any, _Names]:
        name = self.name()
        operations = (*scope.operations, name)
        return self._delayed({"op": kind, "id": name}), replace(scope, operations=operations)

    def _several(self, options: Sequence[str], least: int = 0) -> list[str]:
        return self.draw(  # type: ignore[no-any-return]
            st.lists(
                st.sampled_from(list(dict.fromkeys(options))),
                min_size=least,
                max_size=min(3, len(set(options))),
                unique=True,
            )
        )

    def _group(self, kind: str, scope: _Names, *_: Any) -> tuple[Any, _Names]:
        name = self.name()
        inputs = self._several((*scope.updates, *scope.operations, *scope.tensors))
        made = self._delayed({"op": kind, "id": name, "inputs": inputs})
        return made, replace(scope, operations=(*scope.operations, name))

    def _tuple(self, kind: str, scope: _Names, *_: Any) -> tuple[Any, _Names]:
        tensors = self._several(scope.values, 1)
        operations = (*scope.operations, *scope.tensors)
        control = self._several(operations) if operations else []
        ids = [self.name() for _ in tensors]
        statement = {"op": kind, "ids": ids, "tensors": tensors, "control_inputs": control}
        return self._delayed(statement), replace(scope, tensors=(*scope.tensors, *ids))

    def _control(self, kind: str, scope: _Names, nested: int, inside: bool) -> tuple[Any, _Names]:
        made = [
            one
            for one in (*scope.tensors, *scope.operations, *scope.updates)
            if one not in scope.outside
        ]
        if self.draw(st.integers(0, 3)):
            # What was made last is seldom needed by anything else, so its loss shows.
            inputs = [max(made, key=lambda one: int(one[1:]))]
        else:
            inputs = self._several([*made, *scope.variables], 1)
        body, after = self.body(scope, nested=nested + 1, inside=inside)
        return {"op": kind, "inputs": inputs, "body": body}, after

    def _control_none(
        self, kind: str, scope: _Names, nested: int, inside: bool
    ) -> tuple[Any, _Names]:
        body, after = self.body(scope, nested=nested + 1, inside=inside)
        return {"op": kind, "body": body}, after

    def _name_scope(
        self, kind: str, scope: _Names, nested: int, inside: bool
    ) -> tuple[Any, _Names]:
        body, after = self.body(scope, nested=nested + 1, inside=inside)
        return {"op": kind, "name": f"scope{self.made}", "body": body}, after

    def _within(self, scope: _Names) -> _Names:
        """What a branch or a turn may use: variables and tensors, and what it makes itself."""
        return _Names(scope.variables, tensors=scope.tensors, outside=scope.tensors)

    def _cond(self, kind: str, scope: _Names, nested: int, *_: Any) -> tuple[Any, _Names]:
        statement: dict[str, Any] = {"op": kind, "taken": self.draw(st.booleans())}
        for branch in ("true", "false"):
            body, after = self.body(self._within(scope), nested=nested + 1, inside=True)
            statement[branch] = {"body": body, "result": self.pick((1, 2, *after.values))}
        return self._tensor(statement, scope)

    def _while(self, kind: str, scope: _Names, nested: int, *_: Any) -> tuple[Any, _Names]:
        name = self.name()
        body, _after = self.body(self._within(scope), nested=nested + 1, inside=True)
        times = self.draw(st.integers(0, 3))
        statement = {"op": kind, "id": name, "times": times, "body": body}
        return self._delayed(statement), replace(scope, operations=(*scope.operations, name))


_DRAWS: dict[str, Callable[..., tuple[Any, _Names]]] = {
    "assign": _Draw._assign,
    "assign_add": _Draw._assign,
    "assign_sub": _Draw._assign,
    "identity": _Draw._identity,
    "add": _Draw._arithmetic,
    "subtract": _Draw._arithmetic,
    "read_value": _Draw._read_value,
    "value": _Draw._read_value,
    "alias": _Draw._alias,
    "no_op": _Draw._no_op,
    "group": _Draw._group,
    "tuple": _Draw._tuple,
    "control": _Draw._control,
    "control_none": _Draw._control_none,
    "scope": _Draw._name_scope,
    "cond": _Draw._cond,
    "while": _Draw._while,
}


@st.composite
def programs(draw: Any, *, size: int = 8, blocks: bool = True) -> Program:
    """Programs of up to ``size`` statements; without ``blocks``, none has a cond or a while.

    The last run fetches every variable, so that what was written is seen.
    """
    names = ("x", "y")[: draw(st.integers(1, 2))]
    variables: list[dict[str, Any]] = []
    for name in names:
        variables.append({"name": name, "initial": draw(st.integers(1, 3))})
        if draw(st.integers(0, 7)) == 7:
            variables[-1]["caching_device"] = True
    drawing = _Draw(draw, draw(st.integers(3, size)), blocks)
    body, scope = drawing.body(_Names(names))
    fetchable = (*scope.inputs,)
    run = st.lists(st.sampled_from(fetchable), min_size=1, max_size=4, unique=True)
    # What was made last depends on what was made before. Often it is fetched alone: what runs then
    # runs for its sake only, through the edges it has.
    last = list(names_in(body))[-1]
    runs = [[last] if draw(st.integers(0, 3)) else list(dict.fromkeys([last, *draw(run)]))]
    if draw(st.booleans()):
        runs.append(draw(run))
    return {
        "dtype": draw(st.sampled_from(DTYPES)),
        "shape": list(draw(st.sampled_from(SHAPES))),
        "variables": variables,
        "body": body,
        "runs": [*runs, list(names)],
    }
