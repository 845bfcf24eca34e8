"""What releases wrote for each other, in `fixtures/exchange`: checkpoints, MetaGraphs, and results.

A graph of a writer is one file, ``<writer>/<graph>-<variables>.frames.z``: a frame of the worker's
protocol, compressed with zlib, that holds the files TensorFlow wrote, the names it gave, and what
the writer itself then computed, step by step.
"""

from __future__ import annotations

import base64
import functools
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.version import InvalidVersion, Version

from conformance.data import fixtures_dir
from conformance.errors import UsageError
from conformance.frame_files import decode_frames
from conformance.trace import as_request, from_request, placed, taken
from conformance.worker import frames
from reports import files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.trace import Array, GraphSpec, Trace

__all__ = ["Written", "exchange_dir", "load", "path_of", "save", "shipped", "shipped_one"]

_SUFFIX = ".frames.z"


@dataclass(frozen=True)
class Written:
    """What one release wrote of one graph.

    Attributes
    ----------
    writer, tensorflow
        The subject that wrote it, as the user calls it, and the release it turned out to be.
    spec
        The graph, by its builder in ``conformance/worker/graphs/exchange.py``.
    files
        By name: the bytes of the checkpoint and of the MetaGraph.
    facts
        What the builder says of the graph: names of variables and collections, feeds and fetches.
    trace, values
        What the writer ran after it had written, and what each step gave. The first step fetches
        every variable: the values that are in the checkpoint.
    """

    writer: str
    tensorflow: str
    spec: GraphSpec
    files: Mapping[str, Array]
    facts: Mapping[str, Any]
    trace: Trace
    values: tuple[Mapping[str, Array], ...]

    @property
    def graph(self) -> str:
        """The name of its builder."""
        return str(self.spec.arguments["graph"])

    @property
    def name(self) -> str:
        """The graph and its kind of variables."""
        return f"{self.graph}-{'resource' if self.spec.arguments['use_resource'] else 'ref'}"

    @property
    def saved(self) -> Mapping[str, Array]:
        """By the variables' names: the values in the checkpoint."""
        return self.values[0]

    @functools.cached_property
    def encoded_files(self) -> dict[str, str]:
        """The files in base64, as they go into a graph's arguments."""
        return {
            name: base64.b64encode(content.tobytes()).decode()
            for name, content in self.files.items()
        }


def exchange_dir() -> Path:
    """Return the folder the files are kept in."""
    return fixtures_dir() / "exchange"


def shipped(folder: Path | None = None) -> list[tuple[str, str]]:
    """Return (writer, graph and variables) of everything there is, the oldest writer first."""
    paths = (folder or exchange_dir()).glob(f"*/*{_SUFFIX}")
    found = [(path.parent.name, path.name.removesuffix(_SUFFIX)) for path in paths]
    return sorted(found, key=lambda one: (_age(one[0]), one))


@functools.cache
def shipped_one(writer: str, name: str) -> Written:
    """Read one of those that are `shipped`; raises as `load` does."""
    return load(path_of(exchange_dir(), writer, name))


def path_of(folder: Path, writer: str, name: str) -> Path:
    """Return the file of what a writer wrote of a graph."""
    return folder / writer / f"{name}{_SUFFIX}"


def load(path: Path) -> Written:
    """Read what one release wrote of one graph.

    Raises
    ------
    UsageError
        The file is missing or spoilt.
    """
    try:
        ((header, arrays),) = decode_frames(zlib.decompress(path.read_bytes()))
        spec, trace = from_request(header, arrays)
        return Written(
            header["writer"],
            header["tensorflow"],
            spec,
            taken(header["files"], arrays),
            header["facts"],
            trace,
            tuple(taken(one, arrays) for one in header["values"]),
        )
    except (OSError, ValueError, KeyError, TypeError, zlib.error, frames.BadFrame) as error:
        raise UsageError(
            f"{path}: not what a release wrote ({error}); write it anew with "
            "`tf-litmus exchange build`"
        ) from error


def save(written: Written, folder: Path | None = None) -> Path:
    """Write the file of a graph and return its path; the same content gives the same bytes.

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written.
    """
    asked, arrays = as_request(written.spec, written.trace)
    header = {
        "writer": written.writer,
        "tensorflow": written.tensorflow,
        **asked,
        "files": placed(written.files, arrays),
        "facts": written.facts,
        "values": [placed(one, arrays) for one in written.values],
    }
    path = path_of(folder or exchange_dir(), written.writer, written.name)
    files.write_bytes(path, zlib.compress(frames.encode(header, arrays), 9))
    return path


def _age(writer: str) -> Version:
    """The release in a subject's name; what has none comes first."""
    try:
        return Version(writer.partition("+")[0])
    except InvalidVersion:
        return Version("0")
