"""What one example of the batch-norm train check costs, once its graph is there.

    python benchmarks/steady_state.py [--tf SUBJECT] [--repetitions N]

Compares, in one run and in turn, the example through the driver (pipe, reference on balls, judge)
with TensorFlow alone in its own process: through callables kept from example to example, and the
textbook way, which builds graph and session for each. Ratios are medians over the repetitions, so
that what else the machine does meanwhile falls on all of them.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Table

from conformance.judge import judge
from conformance.strategies import make_array
from conformance.subject import Subject
from conformance.subjects import Launch, resolve
from conformance.trace import graphs, step, trace
from reference_impls import balls, batch_norm

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.trace import Array

HERE = Path(__file__).resolve().parent
OUT = HERE / "out" / "steady_state.json"

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
X = make_array("float32", (4, 5, 5, 3), "offset", 1)
INIT = {
    name: np.abs(make_array("float32", (3,), "unit", seed))
    for seed, name in enumerate(("moving_mean", "moving_variance", "beta", "gamma"))
}
GRAPH = graphs.batch_norm.hand_built(**ARGUMENTS)
TRACE = trace(step(*STEPS[0], x=X), step(*STEPS[1]), init=INIT)

# Examples per repetition: each way takes about as long.
COUNTS = {"textbook": 10, "callables": 200, "run": 200, "check": 100}
LABELS = {
    "callables": "session.make_callable, in process",
    "run": "Subject.run",
    "check": "Subject.run, reference and judge",
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
            raise SystemExit(
                "the process that runs TensorFlow has ended; run it by hand to see why"
            )
        return json.loads(answer)


def _told(array: Array) -> dict[str, Any]:
    raw = base64.b64encode(array.tobytes()).decode()
    return {"dtype": array.dtype.name, "shape": array.shape, "bytes": raw}


def check(subject: Subject) -> None:
    """Run the example and judge it: each stage from what TensorFlow itself had before."""
    observed = subject.run(GRAPH, TRACE)
    trained = observed.steps[0]
    of = {name: balls.ball(array) for name, array in {**INIT, **trained, "x": X}.items()}
    mean, variance = batch_norm.moments(of["x"], ARGUMENTS["axes"])
    y = batch_norm.batch_normalization(
        of["x"], of["mean"], of["variance"], of["beta"], of["gamma"], EPSILON
    )
    moved = {
        f"moving_{name}": of[f"moving_{name}"] * MOMENTUM + of[name] * (1 - MOMENTUM)
        for name in ("mean", "variance")
    }
    judge(observed, [{"y_train": y, "mean": mean, "variance": variance}, moved])


def driver_seconds(example: Callable[[], object], count: int) -> float:
    """Return what ``count`` examples through the driver took, in seconds."""
    began = time.perf_counter()
    for _ in range(count):
        example()
    return time.perf_counter() - began


def measure(subject: Subject, in_process: InProcess, repetitions: int) -> dict[str, list[float]]:
    """Return seconds per example of each way, a number for each repetition, taken in turn."""
    ways: dict[str, Callable[[int], float]] = {
        "textbook": lambda count: in_process.seconds("textbook", count),
        "callables": lambda count: in_process.seconds("callables", count),
        "run": lambda count: driver_seconds(lambda: subject.run(GRAPH, TRACE), count),
        "check": lambda count: driver_seconds(lambda: check(subject), count),
    }
    for way in ways.values():
        way(5)  # caches, allocators, the graph's optimised form
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repetitions):
        for name, way in ways.items():
            seconds[name].append(way(COUNTS[name]) / COUNTS[name])
    return seconds


def summary(seconds: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Return medians: milliseconds, and the ratios to the textbook way and to callables."""

    def ratio(name: str, base: str) -> float:
        return statistics.median(
            one / other for one, other in zip(seconds[name], seconds[base], strict=True)
        )

    return {
        name: {
            "milliseconds": 1000 * statistics.median(values),
            "of_textbook": ratio(name, "textbook"),
            "of_callables": ratio(name, "callables"),
        }
        for name, values in seconds.items()
    }


def render(result: dict[str, Any]) -> Table:
    """Lay the result out for the terminal."""
    table = Table(title=f"One example, TensorFlow {result['tensorflow']}", title_justify="left")
    table.add_column("way")
    for column in ("ms", "of textbook", "of callables"):
        table.add_column(column, justify="right")
    for name, label in LABELS.items():
        row = result["ways"][name]
        table.add_row(
            label,
            f"{row['milliseconds']:.3f}",
            f"{row['of_textbook']:.3f}",
            f"{row['of_callables']:.2f}",
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tf", default="installed", metavar="SUBJECT")
    parser.add_argument("--repetitions", type=int, default=15)
    options = parser.parse_args()
    launch = resolve(options.tf)
    settings = {"profile": "legacy", "threads": {"intra": 1, "inter": 2}, "grappler": True}
    subject = Subject(launch, {**settings, "setup": None})
    subject.start()
    in_process = InProcess(launch)
    try:
        seconds = measure(subject, in_process, options.repetitions)
    finally:
        in_process.close()
        subject.close()
    result = {
        "tensorflow": in_process.tensorflow,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "repetitions": options.repetitions,
        "ways": summary(seconds),
        "driver_peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "driver_imported_tensorflow": "tensorflow" in sys.modules,
    }
    console = Console()
    console.print(render(result))
    console.print(f"driver: {result['driver_peak_megabytes']:.0f} MB at its peak")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    console.print(f"written to {OUT}")


if __name__ == "__main__":
    main()
