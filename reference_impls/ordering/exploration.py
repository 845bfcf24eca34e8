"""Every outcome that some permitted order of a program's events gives.

The orders are followed depth first over states: which events are done, what memory holds, and which
values are still to be used. A state is entered once. An event whose rivals are all behind it
commutes with everything to come, so it is taken at once and no other order of it is followed (a
persistent set of one: Godefroid, *Partial-Order Methods for the Verification of Concurrent
Systems*, 1996). This loses no outcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference_impls.ordering.graph import REF, Graph, Program
from reference_impls.ordering.memory import LOCK, Cell, Event, Run, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

Outcome = tuple[tuple[Value | None, ...], ...]
Memory = dict[Cell, Value]
Frozen = tuple[tuple[Cell, Value], ...]  # memory between runs
Ending = tuple[tuple[Value | None, ...], Frozen]

_FREE, _HELD = (0,), (1,)


class TooManyOrders(Exception):
    """The orders of this program are more than were allowed for."""


def outcomes(program: Program, model: str, limit: int = 100_000) -> frozenset[Outcome]:
    """Return every outcome of ``program`` under a memory model.

    Parameters
    ----------
    program
        As `graph` describes it.
    model
        ``resource`` or ``ref``.
    limit
        How many states may be entered.

    Returns
    -------
    frozenset
        Outcomes: for each run a tuple, for each of its fetches the elements of its value in
        row-major order, or None for an operation.

    Raises
    ------
    TooManyOrders
        More than ``limit`` states were entered.
    """
    graph = Graph(program, model)
    size = 1
    for length in program["shape"]:
        size *= length
    lanes, width = (size, 1) if model == REF else (1, size)
    memory: Memory = {}
    for variable in program["variables"]:
        memory[variable["name"], LOCK] = _FREE
        for lane in range(lanes):
            memory[variable["name"], lane] = (variable["initial"],) * width
    start = tuple(memory.items())
    found = _of_runs([Run(graph, one, size) for one in program["runs"]], start, lanes, limit)
    if graph.has_loop_of_no_turns:
        runs = [Run(graph, one, size, without_bodies=True) for one in program["runs"]]
        found |= _of_runs(runs, start, lanes, limit)
    return frozenset(found)


def _of_runs(runs: Sequence[Run], start: Frozen, lanes: int, limit: int) -> set[Outcome]:
    """The outcomes of runs in a row."""
    reached: set[tuple[Outcome, Frozen]] = {((), start)}
    budget = limit
    for run in runs:
        after: set[tuple[Outcome, Frozen]] = set()
        endings: dict[Frozen, set[Ending]] = {}
        for before, memory in reached:
            if memory not in endings:
                explorer = _Explorer(run, budget)
                endings[memory] = explorer.endings(dict(memory), lanes)
                budget -= explorer.entered
            after |= {((*before, values), end) for values, end in endings[memory]}
        reached = after
    return {outcome for outcome, _ in reached}


class _Explorer:
    """Follows the orders of one run."""

    def __init__(self, run: Run, limit: int) -> None:
        self.entered = 0
        self._limit = limit
        self._fetched = run.fetched
        self._events = run.events
        count = len(run.events)
        self._after = [_mask(event.after) for event in run.events]
        behind = [0] * count
        for at, event in enumerate(run.events):
            for before in event.after:
                behind[at] |= behind[before] | 1 << before
        self._rivals = [0] * count
        for at in range(count):
            for other in range(at):
                ordered = behind[at] >> other & 1
                if not ordered and _conflict(run.events[at], run.events[other]):
                    self._rivals[at] |= 1 << other
                    self._rivals[other] |= 1 << at
        kept = {one for lanes in run.fetched if isinstance(lanes, list) for one in lanes}
        self._users = [0] * count
        for at, event in enumerate(run.events):
            for source in event.sources:
                self._users[source] |= 1 << at
        for at in kept:
            self._users[at] |= 1 << count  # never done

    def endings(self, memory: Memory, lanes: int) -> set[Ending]:
        """Return each (fetched values, memory) that some order of all events ends in."""
        everything = (1 << len(self._events)) - 1
        found: set[Ending] = set()
        seen = set()
        pending: list[tuple[int, Memory, dict[int, Value]]] = [(0, memory, {})]
        while pending:
            done, memory, values = pending.pop()
            done, enabled = self._run_free(done, memory, values)
            values = {at: v for at, v in values.items() if self._users[at] & ~done}
            state = (done, tuple(memory.values()), tuple(sorted(values.items())))
            if state in seen:
                continue
            seen.add(state)
            self.entered += 1
            if self.entered > self._limit:
                raise TooManyOrders(f"more than {self._limit} states")
            if done == everything:
                found.add((self._values(memory, values, lanes), tuple(memory.items())))
            for at in enabled:
                branch = (done | 1 << at, dict(memory), dict(values))
                self._take(at, *branch[1:])
                pending.append(branch)
        return found

    def _run_free(
        self, done: int, memory: Memory, values: dict[int, Value]
    ) -> tuple[int, list[int]]:
        """Take every event without rivals ahead; return what is done and what may come next."""
        while True:
            enabled = []
            progressed = False
            for at, event in enumerate(self._events):
                if done >> at & 1 or self._after[at] & ~done:
                    continue
                if event.action == "lock" and memory[event.cell] != _FREE:  # type: ignore[index]
                    continue
                if self._rivals[at] & ~done:
                    enabled.append(at)
                else:
                    self._take(at, memory, values)
                    done |= 1 << at
                    progressed = True
            if not progressed:
                return done, enabled

    def _take(self, at: int, memory: Memory, values: dict[int, Value]) -> None:
        event = self._events[at]
        action, cell = event.action, event.cell
        operands = [values[source] for source in event.sources]
        if action == "constant":
            values[at] = event.value
        elif action in ("sum", "difference"):
            values[at] = _combined(operands[0], operands[1], action == "sum")
        elif cell is not None:
            if action == "load":
                values[at] = memory[cell]
            elif action == "store":
                memory[cell] = operands[0]
            elif action in ("add", "subtract"):
                memory[cell] = _combined(memory[cell], operands[0], action == "add")
            else:
                memory[cell] = _HELD if action == "lock" else _FREE

    def _values(
        self, memory: Memory, values: dict[int, Value], lanes: int
    ) -> tuple[Value | None, ...]:
        fetched: list[Value | None] = []
        for where in self._fetched:
            if where is None:
                fetched.append(None)
            elif isinstance(where, str):
                cells = [memory[where, lane] for lane in range(lanes)]
                fetched.append(tuple(element for cell in cells for element in cell))
            else:
                fetched.append(tuple(element for at in where for element in values[at]))
        return tuple(fetched)


def _combined(x: Value, y: Value, plus: bool) -> Value:
    return tuple(a + b if plus else a - b for a, b in zip(x, y, strict=True))


def _conflict(one: Event, other: Event) -> bool:
    return one.cell is not None and one.cell == other.cell and (one.writes or other.writes)


def _mask(events: frozenset[int]) -> int:
    return sum(1 << at for at in events)
