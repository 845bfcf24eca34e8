"""The ordering reference against outcomes written by hand, and against a simulator of its own.

The simulator takes neither the reference's events nor its search: it walks one random schedule at a
time through operations that are generators, stopping wherever another operation may come between.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from conformance.drawn_programs import programs
from conformance.litmus import as_steps
from conformance.named_litmus import NamedLitmus, named_litmus_tests
from conformance.programs import operations_in, source
from reference_impls.ordering import Outcome, TooManyOrders, outcomes
from reference_impls.ordering.graph import MODELS, REF, RESOURCE, Graph, Operation, Program

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable


class Simulator:
    """One variable kind's memory, and operations as generators that pause between their steps."""

    def __init__(self, graph: Graph, program: Program, seed: int) -> None:
        self._graph = graph
        self._is_ref = graph.model == REF
        self._size = program["shape"][0] if program["shape"] else 1
        self._random = random.Random(seed)
        self._without_bodies = self._random.random() < 0.5
        self.memory = {v["name"]: [v["initial"]] * self._size for v in program["variables"]}

    def session_run(self, fetches: list[str]) -> tuple[tuple[int, ...] | None, ...]:
        """Run in a random order; return the fetched values."""
        waiting = set(self._graph.needed(fetches, without_bodies=self._without_bodies))
        results: dict[int, Any] = {}
        locked: dict[str, int] = {}
        # M8: with Grappler, who fetches the sum of a buffer with itself gets another than is used.
        with_grappler = self._random.random() < 0.5
        again = {-1 - at for at in waiting if with_grappler and self._is_doubled(at)}
        waiting |= again
        going: dict[int, Generator[str | None, None, Any]] = {}
        blocked: dict[int, str] = {}
        # Some schedules finish what they start, others switch at every step.
        patience = self._random.choice((0.0, 0.5, 0.9))
        current: int | None = None
        while waiting or going:
            for at in list(waiting):
                operation = self._operation(at)
                if all(one in results for one in (*operation.inputs, *operation.controls)):
                    waiting.remove(at)
                    going[at] = self._steps(at, results)
            able = [at for at in going if at not in blocked or blocked[at] not in locked]
            if current not in able or self._random.random() >= patience:
                current = self._random.choice(sorted(able))
            if current in blocked:
                locked[blocked.pop(current)] = current
            try:
                wanted = next(going[current])
                if wanted is not None:
                    blocked[current] = wanted
            except StopIteration as end:
                results[current] = end.value
                del going[current]
                locked = {name: holder for name, holder in locked.items() if holder != current}
        fetched = map(self._graph.fetched, fetches)
        return tuple(self._fetched(results[-1 - at if -1 - at in again else at]) for at in fetched)

    def _operation(self, at: int) -> Operation:
        return self._graph.operations[at if at >= 0 else -1 - at]

    def _buffer(self, at: int) -> str | None:
        operation = self._graph.operations[at]
        if operation.kind == "forward":
            return self._buffer(operation.inputs[0])
        return operation.variable if self._is_ref else None

    def _is_doubled(self, at: int) -> bool:
        operation = self._graph.operations[at]
        buffers = {self._buffer(one) for one in operation.inputs}
        return operation.kind == "add" and len(buffers) == 1 and None not in buffers

    def _fetched(self, result: Any) -> tuple[int, ...] | None:
        if isinstance(result, str):
            return tuple(self.memory[result])
        return None if result is None else tuple(result)

    def _load(self, result: Any) -> Generator[None, None, list[int]]:
        """Load an operand's elements: those of a buffer one at a time, in a random order."""
        if not isinstance(result, str):
            return list(result)
        loaded = [0] * self._size
        for lane in self._random.sample(range(self._size), self._size):
            yield None
            loaded[lane] = self.memory[result][lane]
        return loaded

    def _steps(self, at: int, results: dict[int, Any]) -> Generator[str | None, None, Any]:
        """Perform one operation; yields where others may come between, or a lock to wait for."""
        operation = self._operation(at)
        inputs = [results[one] for one in operation.inputs]
        yield None
        if operation.kind == "read":
            name = str(operation.variable)
            return name if self._is_ref else list(self.memory[name])
        if operation.kind == "constant":
            return [operation.number] * self._size
        if operation.kind == "count":
            return [operation.number]
        if operation.kind == "forward":
            return inputs[0]
        if operation.kind == "nothing":
            return None
        if operation.kind in ("add", "subtract"):
            sign = 1 if operation.kind == "add" else -1
            first = self._random.randrange(2)
            loaded = {first: (yield from self._load(inputs[first]))}
            loaded[1 - first] = yield from self._load(inputs[1 - first])
            return [x + sign * y for x, y in zip(loaded[0], loaded[1], strict=True)]
        name = str(operation.variable)
        sign = {"assign": 0, "assign_add": 1, "assign_sub": -1}[operation.kind]
        if not self._is_ref:
            cell = self.memory[name]
            for lane in range(self._size):
                cell[lane] = (cell[lane] if sign else 0) + (sign or 1) * inputs[0][lane]
            return None
        if operation.use_locking:
            yield name
        for lane in self._random.sample(range(self._size), self._size):
            own = 0
            loads = [True, False] if sign else [False]
            value = 0
            for own_first in self._random.sample(loads, len(loads)):
                yield None
                if own_first:
                    own = self.memory[name][lane]
                else:
                    source_ = inputs[0]
                    value = (
                        self.memory[source_][lane] if isinstance(source_, str) else source_[lane]
                    )
            yield None
            self.memory[name][lane] = own + (sign or 1) * value
        return name


def simulate(program: Program, model: str, seeds: Iterable[int]) -> set[Outcome]:
    graph = Graph(program, model)
    found = set()
    for seed in seeds:
        simulator = Simulator(graph, program, seed)
        found.add(tuple(simulator.session_run(fetches) for fetches in program["runs"]))
    return found


@pytest.mark.parametrize("model", MODELS)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(program=programs(), seed=st.integers(0, 2**32))
def test_every_simulated_outcome_is_in_the_set(model: str, program: Program, seed: int) -> None:
    try:
        allowed = outcomes(program, model, 3000)
    except TooManyOrders:
        assume(False)
    simulated = simulate(program, model, range(seed, seed + 30))
    assert simulated <= allowed, source(program, use_resource=model == RESOURCE)


@pytest.mark.parametrize("model", MODELS)
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(program=programs(size=4))
def test_every_outcome_of_a_small_program_is_simulated(model: str, program: Program) -> None:
    try:
        allowed = outcomes(program, model, 3000)
    except TooManyOrders:
        assume(False)
    assume(operations_in(program["body"]) <= 4)
    assume(len(allowed) <= 12)
    missing, tried = allowed, 0
    while missing and tried < 20_000:
        missing -= simulate(program, model, range(tried, tried + 200))
        tried += 200
    assert not missing, source(program, use_resource=model == RESOURCE)


NAMED = [one for one in named_litmus_tests() if one.program is not None]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("litmus", NAMED, ids=lambda one: one.name)
def test_outcomes_are_those_written_by_hand(litmus: NamedLitmus, model: str) -> None:
    assert litmus.program is not None
    program = litmus.program
    computed = [as_steps(program, outcome) for outcome in outcomes(program, model)]
    assert written(computed) == written(litmus.outcomes(model))


def written(many: Iterable[Any]) -> list[str]:
    return sorted(
        "; ".join(
            " ".join(f"{n}={None if v is None else v.tolist()}" for n, v in sorted(one.items()))
            for one in steps
        )
        for steps in many
    )


def test_an_unknown_memory_model_is_refused() -> None:
    with pytest.raises(ValueError, match="memory model"):
        Graph({"variables": [], "body": [], "runs": []}, "relaxed")


def test_more_orders_than_allowed_for_are_refused() -> None:
    adders = [{"op": "assign_add", "id": f"a{n}", "variable": "x", "value": 2**n} for n in range(6)]
    program = {
        "dtype": "int32",
        "shape": [],
        "variables": [{"name": "x", "initial": 0}],
        "body": adders,
        "runs": [[one["id"] for one in adders]],
    }
    with pytest.raises(TooManyOrders):
        outcomes(program, REF, 100)
