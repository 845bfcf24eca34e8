"""From a program to its operations: what TensorFlow makes of each line, and what runs of it.

A program is a dict (``conformance/drawn_programs.py`` draws them; named ones are in ``fixtures``)::

    {"dtype": "int32", "shape": [],
     "variables": [{"name": "x", "initial": 1}],       # and "caching_device": true
     "body": [statement, ...],
     "runs": [["fetched", ...], ...]}                  # one list for each session.run, in order

A statement is a dict whose ``op`` is one of

==============================  ===================================================================
``assign`` (``_add``, ``_sub``)  ``id`` = tf.assign(``variable``, ``value``, ``use_locking``)
``identity``                    ``id`` = tf.identity(``of``)
``read_value``, ``value``       ``id`` = ``of``.read_value(), ``of``.value()
``add``, ``subtract``           ``id`` = tf.add(``x``, ``y``); ``y`` may be a number
``alias``                       ``id`` = ``of``: Python's assignment, which makes no operation
``group``                       ``id`` = tf.group(*``inputs``)
``no_op``                       ``id`` = tf.no_op()
``tuple``                       ``ids`` = tf.tuple(``tensors``, control_inputs=``control_inputs``)
``control``                     with tf.control_dependencies(``inputs``): ``body``
``control_none``                with tf.control_dependencies(None): ``body``
``scope``                       with tf.name_scope(``name``): ``body``
``cond``                        ``id`` = tf.cond(``taken``, ...); ``true`` and ``false`` are each
                                ``{"body", "result"}``, the result made under control dependencies
                                of everything named in that body
``while``                       ``id`` = a counter of ``times`` turns; each turn runs ``body``, then
                                raises the counter under control dependencies of all it names
==============================  ===================================================================

The rules, and where TensorFlow has them (``python/`` unless said otherwise):

R1  *Nothing runs but what a fetch needs.* An operation runs in a ``session.run`` when a fetch
    reaches it backwards through data and control edges; being made under ``control_dependencies``
    gives it edges, and nothing edges towards it. (``core/graph/subgraph.cc``
    ``RewriteGraphForExecution``, ``core/graph/algorithm.cc`` ``PruneForReverseReachability``.)
R2  *Edges are given when an operation is made.* It gets a control edge from every control input of
    every enclosing context; what exists already gets none, so ``y = x`` inside a context changes
    nothing. Edges dropped because a data input is already behind them change no order.
    (``framework/ops.py`` ``Graph._control_dependencies_for_inputs``.)
R3  *control_dependencies(None)* leaves all contexts. (``_ControlDependenciesController``.)
R4  *A variable as a control input* means the operation that holds it, not its value and not its
    updates; the result of an assign means the assign. (``framework/ops.py``
    ``Graph.control_dependencies``: what has a ``_handle`` is taken by its ``op``.)
R5  *Reading a resource variable* by conversion, ``identity``, ``read_value()``, ``value()`` makes a
    new ReadVariableOp in the current context. Fetching the variable itself runs the read made with
    the variable, outside every context. With ``caching_device``, conversion and ``value()`` give
    that first read too. (``ops/resource_variable_ops.py`` ``ResourceVariable._init_from_args``,
    ``value``, ``read_value``, ``_dense_var_to_tensor``.)
R6  *Assigning to a resource variable* gives a variable not yet read: each use of it as a value is a
    read after the assign, and so may show a later update as well; fetching it runs the read made
    beside the assign. (``ops/resource_variable_ops.py`` ``_UnreadVariable``.)
R7  *Reading a reference variable* by conversion, ``identity`` or ``value()`` passes on the identity
    made with the variable; ``read_value()`` makes one in the current context. An assign gives the
    variable's own tensor. (``ops/variables.py`` ``RefVariable``, since moved to
    ``ops/ref_variable.py``; ``ops/gen_state_ops.py``.)
R8  *group* is a NoOp under control dependencies of its inputs, or a bare NoOp. *tuple* is
    a group of its tensors and control inputs, and an identity of each tensor under that group.
    (``ops/control_flow_ops.py`` ``group``, ``tuple``, ``with_dependencies``.)
R9  *cond*: operations of the branch not taken do not run, but what both branches use from outside
    does run. The result waits for what its branch's result waits for, and not for the other branch.
    (``ops/control_flow_ops.py`` ``CondContext.AddValue``, ``_AddOpInternal``; ``ops/cond_v2.py``.)
R10 *while_loop*: operations of a turn wait for the counter of the turn before; the first waits
    for the contexts around the loop, where the counter's initial value is made.
    (``ops/control_flow_ops.py`` ``WhileContext._AddOpInternal``, ``_MaybeAddControlDependency``;
    ``ops/while_v2.py``.) A loop of no turns runs what its body uses from outside, unless Grappler
    sees that there is no turn, and removes the body before it is known what is needed.
    (``core/grappler/optimizers/loop_optimizer.cc`` ``RemoveDeadBranches``, ``CheckForDeadFanout``.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Program = Mapping[str, Any]
Statement = Mapping[str, Any]

RESOURCE = "resource"
REF = "ref"
MODELS = (RESOURCE, REF)

# Statements that make no operation, and whose names are seen after them.
BLOCKS = ("control", "control_none", "scope")


@dataclass(frozen=True)
class Operation:
    """One operation of the graph.

    ``kind`` is ``read``, ``assign``, ``assign_add``, ``assign_sub``, ``add``, ``subtract``,
    ``constant``, ``count`` (a loop's counter, a scalar in every program), ``forward`` (identity,
    merge, exit) or ``nothing`` (NoOp). ``inputs`` and
    ``controls`` are operations by number; ``reached`` is needed when this one is, without being
    waited for, and ``reached_by_body`` too, unless Grappler removes the body. A dead operation is
    in the branch not taken.
    """

    kind: str
    inputs: tuple[int, ...] = ()
    controls: frozenset[int] = frozenset()
    reached: frozenset[int] = frozenset()
    reached_by_body: frozenset[int] = frozenset()
    variable: str | None = None
    number: int = 0
    use_locking: bool = True
    dead: bool = False


@dataclass(frozen=True)
class _Variable:
    name: str
    first_read: int
    cached: bool


@dataclass(frozen=True)
class _Updated:
    """What an assign to a resource variable gives: the variable, not yet read."""

    variable: str
    operation: int
    fetched: int


@dataclass(frozen=True)
class _Made:
    """A tensor or an operation."""

    operation: int


_Named = _Variable | _Updated | _Made


@dataclass
class Graph:
    """The operations of ``program``, and what each of its names means when fetched."""

    program: Program
    model: str
    operations: list[Operation] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise ValueError(f"{self.model!r} is no memory model; there are {MODELS}")
        self._names: dict[str, _Named] = {}
        self._contexts: list[frozenset[int]] = []
        self._dead = False
        for one in self.program["variables"]:
            first_read = self._make("read", variable=one["name"])
            cached = bool(one.get("caching_device"))
            self._names[one["name"]] = _Variable(one["name"], first_read, cached)
        self._body(self.program["body"])

    def fetched(self, name: str) -> int:
        """The operation that fetching ``name`` runs."""
        named = self._names[name]
        if isinstance(named, _Variable):
            return named.first_read
        return named.fetched if isinstance(named, _Updated) else named.operation

    @property
    def has_loop_of_no_turns(self) -> bool:
        """Whether Grappler may remove a loop's body."""
        return any(one.reached_by_body for one in self.operations)

    def needed(self, fetches: Sequence[str], *, without_bodies: bool = False) -> list[int]:
        """The operations a run of ``fetches`` needs (R1), dead ones left out, in order made.

        ``without_bodies`` is when Grappler has removed those of loops of no turns (R10).
        """
        reached: set[int] = set()
        frontier = [self.fetched(name) for name in fetches]
        while frontier:
            at = frontier.pop()
            if at not in reached:
                reached.add(at)
                operation = self.operations[at]
                frontier += [*operation.inputs, *operation.controls, *operation.reached]
                frontier += () if without_bodies else operation.reached_by_body
        return [at for at in sorted(reached) if not self.operations[at].dead]

    def _make(self, kind: str, *inputs: int, **attributes: Any) -> int:
        """Make an operation in the current contexts (R2)."""
        controls = attributes.pop("controls", frozenset()).union(*self._contexts)
        self.operations.append(
            Operation(kind, inputs, frozenset(controls), dead=self._dead, **attributes)
        )
        return len(self.operations) - 1

    def _value(self, operand: str | int) -> int:
        """The operation that gives ``operand``'s value when it is used here (R5, R6, R7)."""
        if not isinstance(operand, str):
            return self._make("constant", number=operand)
        named = self._names[operand]
        if isinstance(named, _Made):
            return named.operation
        if isinstance(named, _Updated):
            return self._make(
                "read", variable=named.variable, controls=frozenset({named.operation})
            )
        if self.model == REF or named.cached:
            return named.first_read
        return self._make("read", variable=named.name)

    def _variable_called(self, name: str) -> str:
        named = self._names[name]
        if not isinstance(named, _Variable):
            raise ValueError(f"{name} is no variable")
        return named.name

    def _control(self, name: str) -> frozenset[int]:
        """What ``name`` means as a control input (R4)."""
        named = self._names[name]
        return frozenset() if isinstance(named, _Variable) else frozenset({named.operation})

    def _controls(self, names: Sequence[str]) -> frozenset[int]:
        return frozenset().union(*map(self._control, names))

    def _body(self, statements: Sequence[Statement]) -> None:
        for statement in statements:
            _MAKERS[statement["op"]](self, statement)

    def _assign(self, statement: Statement) -> None:
        value = self._value(statement["value"])
        variable = self._variable_called(statement["variable"])
        made = self._make(
            statement["op"],
            value,
            variable=variable,
            use_locking=statement.get("use_locking", statement["op"] == "assign"),
        )
        if self.model == REF:
            self._names[statement["id"]] = _Made(made)
        else:
            fetched = self._make("read", variable=variable, controls=frozenset({made}))
            self._names[statement["id"]] = _Updated(variable, made, fetched)

    def _identity(self, statement: Statement) -> None:
        self._names[statement["id"]] = _Made(self._make("forward", self._value(statement["of"])))

    def _value_of(self, statement: Statement) -> None:
        self._names[statement["id"]] = _Made(self._value(statement["of"]))

    def _read_value(self, statement: Statement) -> None:
        self._names[statement["id"]] = _Made(
            self._make("read", variable=self._variable_called(statement["of"]))
        )

    def _arithmetic(self, statement: Statement) -> None:
        x, y = self._value(statement["x"]), self._value(statement["y"])
        self._names[statement["id"]] = _Made(self._make(statement["op"], x, y))

    def _alias(self, statement: Statement) -> None:
        self._names[statement["id"]] = self._names[statement["of"]]

    def _no_op(self, statement: Statement) -> None:
        self._names[statement["id"]] = _Made(self._make("nothing"))

    def _group(self, statement: Statement) -> None:
        controls = self._controls(statement["inputs"])
        self._names[statement["id"]] = _Made(self._make("nothing", controls=controls))

    def _tuple(self, statement: Statement) -> None:
        together = [*statement["tensors"], *statement.get("control_inputs", ())]
        gate = self._make("nothing", controls=self._controls(together))
        self._contexts.append(frozenset({gate}))
        made = [_Made(self._make("forward", self._value(one))) for one in statement["tensors"]]
        self._contexts.pop()
        self._names.update(zip(statement["ids"], made, strict=True))

    def _under_control(self, statement: Statement) -> None:
        self._contexts.append(self._controls(statement["inputs"]))
        self._body(statement["body"])
        self._contexts.pop()

    def _outside_contexts(self, statement: Statement) -> None:
        outer, self._contexts = self._contexts, []  # R3
        self._body(statement["body"])
        self._contexts = outer

    def _scope(self, statement: Statement) -> None:
        self._body(statement["body"])

    def _cond(self, statement: Statement) -> None:
        results = {}
        for taken in (True, False):
            branch = statement["true" if taken else "false"]
            with_dead, names = self._dead, dict(self._names)
            self._dead = with_dead or taken != statement["taken"]
            self._body(branch["body"])
            self._contexts.append(self._controls(list(names_in(branch["body"]))))
            results[taken] = self._make("forward", self._value(branch["result"]))
            self._contexts.pop()
            self._dead, self._names = with_dead, names
        taken = statement["taken"]
        merged = self._make("forward", results[taken], reached=frozenset({results[not taken]}))
        self._names[statement["id"]] = _Made(merged)

    def _while(self, statement: Statement) -> None:
        counter = self._make("count", number=0)
        dead, names, contexts = self._dead, self._names, self._contexts
        # A loop of no turns still reaches what its body uses.
        self._dead = dead or not statement["times"]
        last = counter
        for turn in range(max(1, statement["times"])):
            self._names = dict(names)
            self._contexts = [*contexts, frozenset({last})]
            self._body(statement["body"])
            self._contexts.append(self._controls(list(names_in(statement["body"]))))
            last = self._make("count", number=turn + 1)
        self._dead, self._names, self._contexts = dead, names, contexts
        end = last if statement["times"] else counter
        body = frozenset() if statement["times"] else frozenset({last})
        exit_ = self._make("forward", end, reached_by_body=body)
        self._names[statement["id"]] = _Made(exit_)


_MAKERS: dict[str, Callable[[Graph, Statement], None]] = {
    "assign": Graph._assign,
    "assign_add": Graph._assign,
    "assign_sub": Graph._assign,
    "identity": Graph._identity,
    "read_value": Graph._read_value,
    "value": Graph._value_of,
    "add": Graph._arithmetic,
    "subtract": Graph._arithmetic,
    "alias": Graph._alias,
    "no_op": Graph._no_op,
    "group": Graph._group,
    "tuple": Graph._tuple,
    "control": Graph._under_control,
    "control_none": Graph._outside_contexts,
    "scope": Graph._scope,
    "cond": Graph._cond,
    "while": Graph._while,
}


def names_in(statements: Sequence[Statement]) -> Iterator[str]:
    """The names that ``statements`` define for the lines after them, in order."""
    for statement in statements:
        if statement["op"] in BLOCKS:
            yield from names_in(statement["body"])
        elif statement["op"] == "tuple":
            yield from statement["ids"]
        else:
            yield statement["id"]
