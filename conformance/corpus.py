"""The frozen inputs in `fixtures/corpus`: examples that every subject replays, the same each time.

A family's entries are in one file, ``<family>.frames.z``: frames of the worker's protocol, one for
each entry, compressed with zlib. ``index.json`` names the files and holds the digest of them all.
``found`` is the family of the counterexamples that were added by hand; a rebuild keeps it.
"""

from __future__ import annotations

import functools
import hashlib
import json
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.data import fixtures_dir
from conformance.errors import UsageError
from conformance.frame_files import decode_frames
from conformance.trace import GraphSpec, Trace, as_request, digest_inputs, from_request
from conformance.worker import frames
from reports import files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from conformance.trace import Array

__all__ = [
    "FOUND",
    "Corpus",
    "Entry",
    "corpus_dir",
    "decode_entries",
    "encode_entry",
    "entry_id",
    "load",
    "save",
]

FOUND = "found"
VERSION = 1
_INDEX = "index.json"


@dataclass(frozen=True)
class Entry:
    """One frozen example.

    Attributes
    ----------
    check
        The id of the check it came from.
    api, dtype
        The API it is an example of, and the dtype it is computed in; None where there are several.
    edges
        What is special about its arrays, outputs or end, such as ``nan`` or ``gives inf``.
    radii
        By step and fetch: the radius of the reference's ball, where the check judged by one. An
        infinite or NaN radius makes no claim.
    """

    check: str
    api: str
    dtype: str | None
    spec: GraphSpec
    trace: Trace
    edges: tuple[str, ...] = ()
    radii: Mapping[tuple[int, str], Array] = field(default_factory=dict)

    @functools.cached_property
    def id(self) -> str:
        """What identifies it: all that decides what is computed, and nothing else."""
        return entry_id(self.spec, self.trace)

    @functools.cached_property
    def graph(self) -> str:
        """What identifies its graph: entries with the same share one."""
        return self.spec.key

    @property
    def size(self) -> int:
        """Bytes of its arrays."""
        arrays = [array for *_, array in self.trace.arrays()]
        return sum(array.nbytes for array in [*arrays, *self.radii.values()])


def entry_id(spec: GraphSpec, trace: Trace) -> str:
    """Return the `Entry.id` of a trace on a graph."""
    return digest_inputs(spec, trace).hex()


@dataclass(frozen=True)
class Corpus:
    """All entries, by family and in the order they are replayed."""

    families: Mapping[str, tuple[Entry, ...]]

    @property
    def entries(self) -> list[Entry]:
        """Every entry."""
        return [entry for entries in self.families.values() for entry in entries]

    @functools.cached_property
    def digest(self) -> str:
        """A digest of every entry's, in order: equal ones mean that the same is replayed."""
        digest = hashlib.blake2b(digest_size=16)
        for entry in self.entries:
            digest.update(entry.id.encode())
        return digest.hexdigest()


def corpus_dir() -> Path:
    """Return the folder the corpus is kept in."""
    return fixtures_dir() / "corpus"


def load(folder: Path | None = None) -> Corpus:
    """Read the corpus; a folder without one gives an empty one.

    Raises
    ------
    UsageError
        A file of it is missing or spoilt.
    """
    folder = folder or corpus_dir()
    index = folder / _INDEX
    if not index.is_file():
        return Corpus({})
    try:
        named = json.loads(index.read_text("utf-8"))
        families = {
            one["name"]: tuple(decode_entries(zlib.decompress((folder / one["file"]).read_bytes())))
            for one in named["families"]
        }
        corpus = Corpus(families)
        if corpus.digest != named["digest"]:
            raise ValueError("its files are not those its index tells of")
    except (OSError, ValueError, KeyError, TypeError, zlib.error, frames.BadFrame) as error:
        raise UsageError(
            f"{folder}: not a corpus ({error}); write it anew with `tf-litmus corpus build`"
        ) from error
    return corpus


def save(corpus: Corpus, folder: Path) -> None:
    """Write a corpus; the same entries give the same bytes.

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written.
    """
    described = []
    for name, entries in sorted(corpus.families.items()):
        data = zlib.compress(b"".join(map(encode_entry, entries)), 9)
        files.write_bytes(folder / f"{name}.frames.z", data)
        described.append(
            {
                "name": name,
                "file": f"{name}.frames.z",
                "entries": len(entries),
                "graphs": len({entry.graph for entry in entries}),
                "apis": sorted({entry.api for entry in entries}),
            }
        )
    files.write_json(
        folder / _INDEX,
        {"version": VERSION, "digest": corpus.digest, "families": described},
    )
    kept = {one["file"] for one in described}
    for path in folder.glob("*.frames.z"):
        if path.name not in kept:
            path.unlink()


def encode_entry(entry: Entry) -> bytes:
    """Return the frame of one entry."""
    asked, arrays = as_request(entry.spec, entry.trace)
    header = {
        "check": entry.check,
        "api": entry.api,
        "dtype": entry.dtype,
        "edges": list(entry.edges),
        **asked,
        "radii": [[step, fetch, len(arrays) + n] for n, (step, fetch) in enumerate(entry.radii)],
    }
    return bytes(frames.encode(header, [*arrays, *entry.radii.values()]))


def decode_entries(data: bytes) -> Iterator[Entry]:
    """Read entries from their frames.

    Raises
    ------
    ValueError, KeyError, BadFrame
        They are not that.
    """
    for header, arrays in decode_frames(data):
        spec, trace = from_request(header, arrays)
        yield Entry(
            header["check"],
            header["api"],
            header["dtype"],
            spec,
            trace,
            tuple(header["edges"]),
            {(step, fetch): arrays[at] for step, fetch, at in header["radii"]},
        )


def by_family(entries: Iterable[Entry]) -> dict[str, tuple[Entry, ...]]:
    """Group entries by the file of the check they came from, those of a graph one after another."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        stem = entry.check.partition("::")[0].removesuffix(".py")
        groups.setdefault(stem.rpartition("/")[2].removeprefix("test_"), []).append(entry)
    return {
        name: tuple(sorted(group, key=lambda entry: (entry.graph, entry.check, entry.id)))
        for name, group in sorted(groups.items())
    }
