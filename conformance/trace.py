"""What one example does: a graph, the values its variables start with, and its runs in order."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Array = np.ndarray[Any, np.dtype[Any]]


@functools.cache
def dtype_name(dtype: np.dtype[Any]) -> str:
    """Return NumPy's name of a dtype, which NumPy puts together anew at every asking."""
    return dtype.name


@dataclass(frozen=True)
class GraphSpec:
    """A graph by the builder that makes it (`conformance/worker/graphs/MODULE.py: FUNCTION`).

    ``arguments`` and ``session`` are JSON values: they are part of what identifies the graph.
    ``session`` may set ``grappler`` (bool), ``threads`` ({"intra": n, "inter": n}) and ``cpus``,
    the number of CPU devices (otherwise 1).
    """

    module: str
    function: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    session: Mapping[str, Any] = field(default_factory=dict)

    def with_session(self, **session: Any) -> GraphSpec:
        """Return the same graph run under other session settings."""
        return GraphSpec(self.module, self.function, self.arguments, {**self.session, **session})

    @functools.cached_property
    def key(self) -> str:
        """What identifies the graph, as text; this is what the worker keeps it by."""
        return json.dumps(self.as_json(), sort_keys=True)

    def as_json(self) -> dict[str, Any]:
        """Return the graph as a JSON value."""
        return {
            "module": self.module,
            "function": self.function,
            "arguments": dict(self.arguments),
            "session": dict(self.session),
        }


class _Family:
    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, function: str) -> Any:
        def spec(**arguments: Any) -> GraphSpec:
            return GraphSpec(self._module, function, arguments)

        return spec


class _Graphs:
    """``graphs.FAMILY.BUILDER(**static_arguments)`` names a graph of the worker."""

    def __getattr__(self, module: str) -> _Family:
        return _Family(module)


graphs = _Graphs()


@dataclass(frozen=True)
class Step:
    """One ``session.run``: the names it fetches and the arrays it feeds."""

    fetches: tuple[str, ...]
    feeds: Mapping[str, Array] = field(default_factory=dict)


def step(*fetches: str, **feeds: Array) -> Step:
    """Return the run of ``fetches`` with ``feeds``."""
    return Step(fetches, feeds)


@dataclass(frozen=True)
class Trace:
    """The runs of one example.

    Parameters
    ----------
    steps
        The ``session.run`` calls, in order.
    init
        What the initialisers are fed, by name.
    fresh
        Run in a session of its own, its variables initialised all at once, as a program does.
        Otherwise the graph's kept session is used, which costs a fiftieth.
    """

    steps: tuple[Step, ...]
    init: Mapping[str, Array] = field(default_factory=dict)
    fresh: bool = False

    def arrays(self) -> list[tuple[str, str, Array]]:
        """Every array fed, as (when, name, array), in the order they are fed."""
        fed = [("init", name, self.init[name]) for name in sorted(self.init)]
        for index, one in enumerate(self.steps):
            fed += [(f"step {index}", name, one.feeds[name]) for name in sorted(one.feeds)]
        return fed


@dataclass(frozen=True)
class Sampling:
    """How often a trace is run from the start, its variables initialised anew each time.

    Parameters
    ----------
    repeats
        The number of times in each session.
    sessions
        Session settings (`GraphSpec`), each a session of its own on the one graph. With
        ``threads``, the session gets threads of its own; otherwise TensorFlow shares those of the
        first session of the process.
    """

    repeats: int
    sessions: tuple[Mapping[str, Any], ...] = ({},)

    def as_json(self) -> dict[str, Any]:
        """Return what travels to the worker."""
        return {"repeats": self.repeats, "sessions": [dict(one) for one in self.sessions]}


def trace(*steps: Step, init: Mapping[str, Array] | None = None, fresh: bool = False) -> Trace:
    """Return the trace of ``steps``."""
    return Trace(tuple(steps), init or {}, fresh)


def as_request(spec: GraphSpec, run: Trace) -> tuple[dict[str, Any], list[Array]]:
    """Return a trace on a graph as the header of a frame and the arrays it names by place."""
    arrays: list[Array] = []
    header = {
        "graph": spec.as_json(),
        "fresh": run.fresh,
        "init": placed(run.init, arrays),
        "steps": [
            {"fetches": one.fetches, "feeds": placed(one.feeds, arrays)} for one in run.steps
        ],
    }
    return header, arrays


def from_request(header: Mapping[str, Any], arrays: Sequence[Array]) -> tuple[GraphSpec, Trace]:
    """Return what `as_request` was given."""
    steps = (Step(tuple(one["fetches"]), taken(one["feeds"], arrays)) for one in header["steps"])
    return (
        GraphSpec(**header["graph"]),
        Trace(tuple(steps), taken(header["init"], arrays), header["fresh"]),
    )


def placed(named: Mapping[str, Array], arrays: list[Array]) -> dict[str, int]:
    """Append named arrays to those of a frame; return their places, by name."""
    places = {}
    for name in sorted(named):
        places[name] = len(arrays)
        arrays.append(named[name])
    return places


def taken(places: Mapping[str, int], arrays: Sequence[Array]) -> dict[str, Array]:
    """Return what was `placed`."""
    return {name: arrays[at] for name, at in places.items()}


def digest_inputs(spec: GraphSpec, run: Trace, sampling: Sampling | None = None) -> bytes:
    """Return a digest of everything that decides what is computed: graph, steps and arrays."""
    digest = hashlib.blake2b(digest_size=16)
    fetches = [list(one.fetches) for one in run.steps]
    described = [spec.key, json.dumps(run.fresh), json.dumps(fetches)]
    if sampling is not None:
        described.append(json.dumps(sampling.as_json(), sort_keys=True))
    digest.update(f"[{', '.join(described)}]".encode())
    for when, name, array in run.arrays():
        digest.update(f"{when} {name} {dtype_name(array.dtype)} {array.shape}".encode())
        # An array of strings is one of pointers to them.
        digest.update(repr(array.tolist()).encode() if array.dtype.hasobject else array.tobytes())
    return digest.digest()
