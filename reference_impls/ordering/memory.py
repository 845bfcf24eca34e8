"""From operations to events: the steps in which each changes memory, and others may come between.

Two memory models. With **resource** variables every access is one step:

M1  A read takes the whole value at once, and what was read never changes: the kernel hands out the
    buffer under the variable's lock, and a later update writes to another buffer when that one is
    still held. (``core/kernels/resource_variable_ops.cc`` ``ReadVariableOp::Compute``;
    ``core/kernels/training_op_helpers.h`` ``PrepareToUpdateVariable``.)
M2  An assign, assign_add or assign_sub is one step, whatever ``use_locking`` says: the kernels
    have no such attribute, and hold the variable's lock while they write.
    (``core/kernels/resource_variable_ops.cc`` ``AssignVariableOp::Compute``,
    ``AssignUpdateVariableOp::Compute``.)

With **ref** variables the graph passes the buffer itself around:

M3  An identity of a reference variable copies nothing; nor do merge, exit, an assign's result.
    Each is the variable's buffer under another name. (``core/kernels/identity_op.h``
    ``IdentityOp::Compute``; ``core/kernels/control_flow_ops.cc`` ``MergeOp``, ``ExitOp``;
    ``core/common_runtime/executor.cc`` ``PrepareInputs``: a reference is dereferenced to a tensor
    on the same buffer.)
M4  An update writes into the buffer in place, so whoever holds it sees the new elements.
    (``core/kernels/assign_op.h`` ``AssignOp::Compute``, since moved to
    ``core/framework/ref_var.cc`` ``AssignRefVariable``, for a value of as many elements as the
    variable has; ``core/kernels/dense_update_ops.cc`` ``DenseUpdateOp::DoUpdate``.)
M5  Arithmetic loads each element of each operand when it runs, without the variable's lock.
    (``executor.cc`` ``PrepareInputs`` holds the lock for the dereferencing alone.)
M6  Fetching such a name gives what is in the buffer when the run is over, because results are
    copied out after the last operation. (``core/common_runtime/direct_session.cc``
    ``RunInternal``; ``c/c_api.cc`` ``TF_SessionRun``.)
M7  With ``use_locking`` an update holds the variable's lock from first load to last store, and
    no other locking update of that variable comes between. Without it, it is a load and a store of
    each element, and updates may be lost. The default is to lock for ``assign`` and not to lock for
    ``assign_add`` and ``assign_sub``. (``DenseUpdateOp::Compute``; ``AssignOp::Compute``, which
    copies outside the lock; ``python/ops/state_ops.py``.)
M8  The sum of a buffer with itself is computed again for who fetches it: Grappler makes ``x + x``
    to ``2 * x``, a new operation with the sum's control inputs, and all that used the sum or had
    it as a control input use and wait for the product. The sum stays where it is fetched, and
    nothing waits for it. Without Grappler there is one sum.
    (``core/grappler/optimizers/arithmetic_optimizer.cc`` ``SimplifyAggregation``, which does not
    ask whether the node is to be preserved, and ``SimplifyArithmeticOps``, which redirects data
    and control consumers. That both terms are one tensor is asked by name, and identities of a
    buffer may be merged before: here any two of a variable's are one.)

In both, an operation starts when all its data and control inputs are done (``PropagateOutputs`` in
``core/common_runtime/executor.cc``, since moved to ``propagator_state.cc`` beside it), and the
variables keep their values from one run to the next.

A *lane* is what moves in one step: a whole value of a resource, one element of a ref variable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reference_impls.ordering.graph import REF, Graph

if TYPE_CHECKING:
    from collections.abc import Sequence

Value = tuple[int, ...]
Cell = tuple[str, int]  # a variable and one of its lanes, or its lock: (variable, LOCK)

LOCK = -1


@dataclass(frozen=True)
class Event:
    """One step.

    ``action`` is ``load`` (the cell's value), ``store``, ``add`` or ``subtract`` (the first source
    into the cell, in one step), ``sum`` or ``difference`` (of two sources), ``constant``,
    ``lock``, ``unlock``, or ``done`` (nothing but its order; the value of its source, if any).
    """

    action: str
    after: frozenset[int]
    cell: Cell | None = None
    sources: tuple[int, ...] = ()
    value: Value = ()

    @property
    def writes(self) -> bool:
        """Whether the cell is changed."""
        return self.action not in ("load", "done")


class Run:
    """The events of one ``session.run``, and where its fetched values are.

    ``fetched`` has for each fetch a list of events by lane, a variable's name (its buffer at the
    end of the run, M6), or None (an operation has no value).
    """

    def __init__(
        self, graph: Graph, fetches: Sequence[str], size: int, *, without_bodies: bool = False
    ) -> None:
        self.events: list[Event] = []
        self._graph = graph
        self._is_ref = graph.model == REF
        self._lanes = size if self._is_ref else 1
        self._width = 1 if self._is_ref else size
        self._lane_events: dict[int, list[int]] = {}
        self._buffer: dict[int, str] = {}
        self._end: dict[int, int] = {}
        self._again: dict[int, list[int]] = {}
        for at in graph.needed(fetches, without_bodies=without_bodies):
            self._perform(at)
        self.fetched: list[list[int] | str | None] = [
            self._buffer.get(at) or self._again.get(at) or self._lane_events.get(at)
            for at in map(graph.fetched, fetches)
        ]

    def _event(
        self,
        action: str,
        after: frozenset[int],
        cell: Cell | None = None,
        sources: Sequence[int] = (),
        value: Value = (),
    ) -> int:
        self.events.append(Event(action, after | set(sources), cell, tuple(sources), value))
        return len(self.events) - 1

    def _perform(self, at: int) -> None:
        operation = self._graph.operations[at]
        start = frozenset(self._end[one] for one in (*operation.inputs, *operation.controls))
        if operation.kind.startswith("assign"):
            self._end[at] = self._update(at, start)
            return
        if operation.kind == "read" and self._is_ref:
            self._buffer[at] = str(operation.variable)  # M3
        elif operation.kind == "read":
            self._lane_events[at] = [self._event("load", start, (str(operation.variable), 0))]
        elif operation.kind == "constant":
            value = (operation.number,) * self._width
            self._lane_events[at] = [
                self._event("constant", start, value=value) for _ in range(self._lanes)
            ]
        elif operation.kind == "count":
            self._lane_events[at] = [self._event("constant", start, value=(operation.number,))]
        elif operation.kind in ("add", "subtract"):
            self._lane_events[at] = self._arithmetic(at, start)
            if self._is_doubled(at):
                self._again[at] = self._arithmetic(at, start)  # M8
        elif operation.kind == "forward":
            (source,) = operation.inputs
            if source in self._buffer:
                self._buffer[at] = self._buffer[source]
            else:
                self._lane_events[at] = self._lane_events[source]
        self._end[at] = self._event("done", start.union(self._lane_events.get(at, ())))

    def _arithmetic(self, at: int, start: frozenset[int]) -> list[int]:
        operation = self._graph.operations[at]
        x, y = (self._operand(one, start) for one in operation.inputs)
        action = "sum" if operation.kind == "add" else "difference"
        return [self._event(action, start, sources=pair) for pair in zip(x, y, strict=True)]

    def _is_doubled(self, at: int) -> bool:
        operation = self._graph.operations[at]
        buffers = {self._buffer.get(one) for one in operation.inputs}
        return operation.kind == "add" and len(buffers) == 1 and None not in buffers

    def _operand(self, operation: int, start: frozenset[int]) -> list[int]:
        """The events that give an operand's lanes; a buffer is loaded now (M5)."""
        if operation in self._buffer:
            variable = self._buffer[operation]
            return [self._event("load", start, (variable, lane)) for lane in range(self._lanes)]
        return self._lane_events[operation]

    def _update(self, at: int, start: frozenset[int]) -> int:
        """Perform an assign; return the event that ends it."""
        operation = self._graph.operations[at]
        variable = str(operation.variable)
        (operand,) = operation.inputs
        if not self._is_ref:  # M2
            steps = {"assign": "store", "assign_add": "add", "assign_sub": "subtract"}
            (source,) = self._lane_events[operand]
            return self._event(steps[operation.kind], start, (variable, 0), [source])
        self._buffer[at] = variable
        lock = (variable, LOCK)
        if operation.use_locking:
            start = frozenset({self._event("lock", start, lock)})
        values = self._operand(operand, start)
        stores = []
        for lane, value in enumerate(values):
            cell = (variable, lane)
            if operation.kind != "assign":
                own = self._event("load", start, cell)
                action = "sum" if operation.kind == "assign_add" else "difference"
                value = self._event(action, start, sources=[own, value])
            stores.append(self._event("store", start, cell, [value]))
        if operation.use_locking:
            return self._event("unlock", frozenset(stores), lock)
        return self._event("done", frozenset(stores))
