"""Small programs of assigns, reads and control edges as TF1 code.

What a program is, and what each statement means, stands in `reference_impls.ordering.graph`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference_impls.ordering.graph import BLOCKS, Program, Statement, names_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["counters_in", "operations_in", "source"]

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
