"""(a) What one example of the batch-norm train check costs, once its graph is there.

The example through the driver (drawing, pipe, reference on balls, judge) beside TensorFlow alone in
its own process: through callables kept from example to example, which is the floor, and the
textbook way, which builds graph and session for each. Taken in turn, and ratios are medians over
the repetitions, so that what else the machine does meanwhile falls on all of them.

What hypothesis's drawing takes is told where it happens. Drawing and running slow each other, whose
turns empty the processor's caches; subtracting what drawing takes alone puts all of it on the rest.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import statistics
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import numpy as np
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from benchmarks.harness import Failed, Row
from conformance.judge import judge
from conformance.strategies import TAME, arrays, make_array, named
from conformance.subject import Subject, worker_settings
from conformance.trace import graphs, step, trace
from reference_impls import balls, batch_norm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from benchmarks.harness import Bench
    from conformance.subjects import Launch
    from conformance.trace import Array

HERE = Path(__file__).resolve().parent

EPSILON = 0.001
MOMENTUM = 0.9
ARGUMENTS: dict[str, Any] = {
    "dtype": "float32",
    "use_resource": False,
    "channels": 3,
    "axes": [0, 1, 2],
    "momentum": MOMENTUM,
    "epsilon": EPSILON,
    "moving_average": False,
}
STEPS = (("y_train", "mean", "variance"), ("moving_mean", "moving_variance"))
SHAPE = (4, 5, 5, 3)
VARIABLES = ("moving_mean", "moving_variance", "beta", "gamma")
X = make_array("float32", SHAPE, "offset", 1)
INIT = {
    name: np.abs(make_array("float32", (3,), "unit", seed)) for seed, name in enumerate(VARIABLES)
}
GRAPH = graphs.batch_norm.hand_built(**ARGUMENTS)
TRACE = trace(step(*STEPS[0], x=X), step(*STEPS[1]), init=INIT)

# Examples per repetition: each way takes about as long.
COUNTS = {"textbook": 10, "callables": 200, "run": 200, "check": 100, "draw": 200, "drawn": 100}
LABELS = {
    "callables": "session.make_callable, in process: the floor",
    "run": "Subject.run",
    "check": "Subject.run, reference and judge",
    "draw": "hypothesis's drawing alone",
    "drawn": "the whole example: drawing, Subject.run, reference and judge",
    "undrawn": "of it, after the drawing",
    "textbook": "graph and session each time, in process",
}


class InProcess:
    """The Python of the subject, running the example with nothing around it."""

    def __init__(self, launch: Launch) -> None:
        self._process = subprocess.Popen(
            [*launch.argv, str(HERE / "in_process.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **launch.env, "PYTHONPATH": str(HERE.parent)},
        )
        example = {
            "arguments": ARGUMENTS,
            "steps": STEPS,
            "x": _told(X),
            "init": {name: _told(array) for name, array in INIT.items()},
        }
        self.tensorflow: str = self._ask(json.dumps(example))

    def seconds(self, way: str, count: int) -> float:
        """Return what ``count`` examples took, in seconds."""
        return float(self._ask(f"{way} {count}"))

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _ask(self, line: str) -> Any:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the process was started without pipes")
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise Failed("in_process.py has ended; run it by hand to see why")
        return json.loads(answer)


def _told(array: Array) -> dict[str, Any]:
    raw = base64.b64encode(array.tobytes()).decode()
    return {"dtype": array.dtype.name, "shape": array.shape, "bytes": raw}


def check(subject: Subject, x: Array, init: Mapping[str, Array]) -> None:
    """Run an example and judge it: each stage from what TensorFlow itself had before."""
    observed = subject.run(GRAPH, trace(step(*STEPS[0], x=x), step(*STEPS[1]), init=init))
    trained = observed.steps[0]
    given = {**init, "mean": trained["mean"], "variance": trained["variance"], "x": x}
    of = {name: balls.ball(array) for name, array in given.items()}
    mean, variance = batch_norm.moments(of["x"], ARGUMENTS["axes"])
    y = batch_norm.batch_normalization(
        of["x"], of["mean"], of["variance"], of["beta"], of["gamma"], EPSILON
    )
    moved = {
        f"moving_{name}": of[f"moving_{name}"] * MOMENTUM + of[name] * (1 - MOMENTUM)
        for name in ("mean", "variance")
    }
    judge(observed, [{"y_train": y, "mean": mean, "variance": variance}, moved])


def drawn(count: int, seed: int, example: Callable[[Array, dict[str, Array]], object]) -> None:
    """Give ``count`` drawn examples to a function, as a check gets them."""

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(data=st.data())
    def draw(data: st.DataObject) -> None:
        init = data.draw(named(VARIABLES, "float32", (3,), TAME))
        init["moving_variance"] = np.abs(init["moving_variance"])
        example(data.draw(arrays("float32", SHAPE, TAME)), init)

    draw()


def driver_seconds(call: Callable[[], object], count: int = 1) -> float:
    """Return what so many calls took, in seconds."""
    began = time.perf_counter()
    for _ in range(count):
        call()
    return time.perf_counter() - began


def drawn_and_checked(subject: Subject, count: int, seed: int) -> dict[str, float]:
    """Return what so many whole examples took, and of that what came after their drawing."""
    after = 0.0

    def example(x: Array, init: dict[str, Array]) -> None:
        nonlocal after
        after += driver_seconds(lambda: check(subject, x, init))

    whole = driver_seconds(lambda: drawn(count, seed, example))
    return {"drawn": whole, "undrawn": after}


def sample(
    subject: Subject, in_process: InProcess, repetitions: int, say: Callable[[str], None]
) -> dict[str, list[float]]:
    """Return seconds per example of each way, a number for each repetition, taken in turn."""
    seeds = itertools.count()

    def run() -> object:
        return subject.run(GRAPH, TRACE)

    def draw(count: int) -> object:
        return drawn(count, next(seeds), lambda _x, _init: None)

    ways: dict[str, Callable[[int], dict[str, float]]] = {
        "textbook": lambda count: {"textbook": in_process.seconds("textbook", count)},
        "callables": lambda count: {"callables": in_process.seconds("callables", count)},
        "run": lambda count: {"run": driver_seconds(run, count)},
        "check": lambda count: {"check": driver_seconds(lambda: check(subject, X, INIT), count)},
        "draw": lambda count: {"draw": driver_seconds(lambda: draw(count))},
        "drawn": lambda count: drawn_and_checked(subject, count, next(seeds)),
    }
    for way in ways.values():
        way(5)  # caches, allocators, the graph's optimised form
    seconds: dict[str, list[float]] = {name: [] for name in LABELS}
    for repetition in range(repetitions):
        for name, way in ways.items():
            say(f"{LABELS[name]}, {repetition + 1} of {repetitions}")
            for part, took in way(COUNTS[name]).items():
                seconds[part].append(took / COUNTS[name])
    return seconds


def measure(bench: Bench) -> Iterator[Row]:
    """Give the whole example beside the floor and beside the textbook way, and what it is made of.

    Raises
    ------
    Failed
        The subject's Python cannot run the example.
    """
    subject = Subject(bench.launch, worker_settings())
    subject.start()
    in_process = InProcess(bench.launch)
    try:
        seconds = sample(subject, in_process, 3 if bench.quick else 15, bench.say)
    finally:
        in_process.close()
        subject.close()

    def ratio(name: str, base: str) -> float:
        return statistics.median(
            one / other for one, other in zip(seconds[name], seconds[base], strict=True)
        )

    yield Row(
        "the whole example but its drawing, of the floor",
        ratio("undrawn", "callables"),
        "×",
        most=3,
    )
    yield Row(
        "the same, if drawing took as long as alone",
        ratio("drawn", "callables") - ratio("draw", "callables"),
        "×",
    )
    yield Row("the whole example, of the textbook way", ratio("drawn", "textbook"), "×", most=0.1)
    yield Row(
        "hypothesis's drawing, of the whole example", 100 - 100 * ratio("undrawn", "drawn"), "%"
    )
    for name, label in LABELS.items():
        yield Row(label, 1000 * statistics.median(seconds[name]), "ms", detail=True)
