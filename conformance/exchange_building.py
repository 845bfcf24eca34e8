"""Writing what other releases are to read: graphs are trained a little, saved, and run on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from conformance.errors import UsageError
from conformance.exchange import Written
from conformance.judge import Deviation
from conformance.strategies import FLOATS, Noise, dtype_of, make_array
from conformance.subject import ApiMissing, Subject, SubjectCrashed, worker_settings
from conformance.subjects import resolve
from conformance.trace import Step, graphs, step, trace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.subject import Observed
    from conformance.trace import Array, GraphSpec

__all__ = ["FILES", "GRAPHS", "steps_of", "write"]

# Each graph, and whether its variables are resources: both where the files differ in more than
# the variables' own operations.
GRAPHS = (
    ("hand_built", False),
    ("hand_built", True),
    ("dense", False),
    ("image", False),
    ("image", True),
    ("averages", False),
    ("averages", True),
    ("values", False),
)
FILES = ("model.index", "model.data-00000-of-00001", "model.meta")
SHAPES = {"hand_built": (5, 3), "dense": (5, 3), "image": (2, 2, 3, 3), "averages": (4, 3)}
# Regimes of numbers that only have to be carried; a row of the variable for each.
CARRIED = ("wide", "signed_zeros", "subnormal", "nans")
STRINGS = (b"", b"\x00a\xff\x00", "\N{GREEK SMALL LETTER MU}".encode())


def write(subject: str) -> Iterator[Written]:
    """Have a subject write every graph.

    Raises
    ------
    UsageError
        It lacks an API, or refuses or crashes on what it was asked.
    SubjectUnavailable
        It cannot be started.
    """
    running = Subject(resolve(subject), worker_settings())
    try:
        for graph, use_resource in GRAPHS:
            try:
                yield _written(running, subject, graph, use_resource=use_resource)
            except (ApiMissing, SubjectCrashed, Deviation) as error:
                raise UsageError(f"{subject} cannot write {graph}: {error}") from None
    finally:
        running.close()


def _written(running: Subject, writer: str, graph: str, *, use_resource: bool) -> Written:
    """Have a subject train a graph a little, write it, and run on."""
    spec = graphs.exchange.written(graph=graph, use_resource=use_resource)
    facts = _run(running, spec, ()).facts
    before, after = steps_of(graph, [name for name, *_ in facts["variables"]])
    first = len(before) + 2
    observed = _run(running, spec, (*before, step("write"), step(*FILES), *after))
    return Written(
        writer,
        running.fingerprint["tensorflow"],
        spec,
        observed.steps[first - 1],
        facts,
        trace(*after),
        observed.steps[first:],
    )


def _run(running: Subject, spec: GraphSpec, steps: Sequence[Step]) -> Observed:
    observed = running.run(spec, trace(*steps))
    error = observed.error
    if error is not None:
        raise Deviation("error", f"{error.type} at {error.during}: {error.message}", observed)
    return observed


def steps_of(graph: str, names: Sequence[str]) -> tuple[list[Step], list[Step]]:
    """Return the runs before the files are written, and those after, which readers do as well."""
    look = step(*names)
    if graph == "values":
        return [step("set", **{f"set_{name}": _carried(name) for name in names})], [look]
    fed = [
        {name: make_array("float32", SHAPES[graph], "unit", seed) for name, seed in seeds.items()}
        for seeds in ({"x": 2 * n, "target": 2 * n + 1} for n in range(4))
    ]
    if graph == "averages":
        trained = [[step("train", **one), look, step("update"), look] for one in fed]
        return trained[0] + trained[1], [look, *trained[2], *trained[3]]
    return (
        [step("train", **fed[0]), step("train", **fed[1])],
        [
            look,
            step("y", x=fed[2]["x"]),
            step("updates", x=fed[2]["x"]),
            look,
            step("train", **fed[3]),
            look,
        ],
    )


def _carried(name: str) -> Array:
    """What a variable of ``values`` is set to: numbers of every kind its dtype has."""
    if name == "scalar":
        return np.asarray(np.float32(-0.0))
    if name == "empty":
        return np.zeros((0, 2), np.float32)
    if name == "string":
        return np.array(STRINGS, object)
    if name in FLOATS:
        return np.stack([make_array(name, (6,), regime, 1) for regime in CARRIED])
    if name == "bool":
        return np.array([True, False, False, True])
    if name == "complex64":
        return np.array([1 - 2j, complex(-0.0, np.inf)], np.complex64)
    limits = np.iinfo(dtype_of(name))
    return np.array([limits.min, limits.max, Noise(1, 1).integers(100)[0]], dtype_of(name))
