"""The outputs of a corpus, kept bit for bit beside a report: ``outputs.npz``.

A NumPy archive that needs no pickle. ``index`` is JSON in UTF-8: ``{"corpus": digest, "entries":
[{"id", "check", "api", "dtype", "outcome", "reason", "outputs": [{"step", "fetch", "dtype",
"shape", "at", "radius_at"}]}]}``. The elements of an output are ``at`` and on in the flat array of
its dtype's name: bfloat16 as the uint16 of its bits, strings as one JSON list in UTF-8. Where the
reference says how far rounding may lead, its radii are ``radius_at`` and on in ``radius``.

``outcome`` is ``values``, ``missing``, ``crashed``, ``timed_out``, ``not run``, or the type and
place of TensorFlow's error, such as ``InvalidArgumentError at step 1``.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from reports import files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["NAME", "EntryOutputs", "Output", "decode", "encode", "read", "write"]

NAME = "outputs.npz"
# A zip archive keeps the time a member was made; this is the earliest it can.
_EPOCH = (1980, 1, 1, 0, 0, 0)

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Output:
    """One fetched array.

    Attributes
    ----------
    dtype
        TensorFlow's name for it; ``string`` for objects.
    values
        The array; of bfloat16, the uint16 of its bits.
    radius
        Of the reference's ball, in the array's shape; None where there is none.
    """

    step: int
    fetch: str
    dtype: str
    values: Array
    radius: Array | None = None


@dataclass(frozen=True)
class EntryOutputs:
    """What one subject made of one entry of the corpus."""

    id: str
    check: str
    api: str
    dtype: str | None
    outcome: str
    reason: str | None = None
    outputs: tuple[Output, ...] = field(default_factory=tuple)


def write(path: Path, corpus: str, entries: Iterable[EntryOutputs]) -> None:
    """Write the outputs of the corpus with digest ``corpus``; equal outputs give equal bytes.

    Raises
    ------
    OSError
        As `files.write_bytes`.
    """
    files.write_bytes(path, encode(corpus, entries))


def encode(corpus: str, entries: Iterable[EntryOutputs]) -> bytes:
    """Return what `write` writes."""
    flat: dict[str, list[Array]] = {}
    lengths: dict[str, int] = {}

    def place(name: str, array: Array) -> int:
        flat.setdefault(name, []).append(array.ravel())
        at = lengths.get(name, 0)
        lengths[name] = at + array.size
        return at

    described = []
    for entry in entries:
        outputs = [
            {
                "step": one.step,
                "fetch": one.fetch,
                "dtype": one.dtype,
                "shape": list(one.values.shape),
                "at": place(one.dtype, one.values),
                "radius_at": None
                if one.radius is None
                else place("radius", np.asarray(one.radius, np.float64)),
            }
            for one in entry.outputs
        ]
        described.append(
            {
                "id": entry.id,
                "check": entry.check,
                "api": entry.api,
                "dtype": entry.dtype,
                "outcome": entry.outcome,
                "reason": entry.reason,
                "outputs": outputs,
            }
        )
    arrays = {name: np.concatenate(parts) for name, parts in sorted(flat.items())}
    if "string" in arrays:
        arrays["string"] = _as_bytes([_text(one) for one in arrays["string"]])
    arrays["index"] = _as_bytes({"corpus": corpus, "entries": described})
    return _archive(arrays)


def read(path: Path) -> tuple[str, list[EntryOutputs]]:
    """Read the digest of the corpus, and what was made of it.

    Raises
    ------
    ValueError
        The file is not one that `write` wrote.
    OSError
        It cannot be read.
    """
    try:
        return decode(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def decode(data: bytes) -> tuple[str, list[EntryOutputs]]:
    """Return the digest of the corpus, and what was made of it, from what `encode` gave.

    Raises
    ------
    ValueError
        It is not that.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        index = json.loads(arrays.pop("index").tobytes())
        if "string" in arrays:
            arrays["string"] = np.array(json.loads(arrays["string"].tobytes()), object)
        return index["corpus"], [_entry(one, arrays) for one in index["entries"]]
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise ValueError(f"not the outputs of a corpus: {error}") from error


def _entry(described: dict[str, Any], arrays: dict[str, Array]) -> EntryOutputs:
    def taken(name: str, at: int, shape: list[int]) -> Array:
        return arrays[name][at : at + math.prod(shape)].reshape(shape)

    outputs = tuple(
        Output(
            one["step"],
            one["fetch"],
            one["dtype"],
            taken(one["dtype"], one["at"], one["shape"]),
            None if one["radius_at"] is None else taken("radius", one["radius_at"], one["shape"]),
        )
        for one in described["outputs"]
    )
    plain = ("id", "check", "api", "dtype", "outcome", "reason")
    return EntryOutputs(**{name: described[name] for name in plain}, outputs=outputs)


def _archive(arrays: dict[str, Array]) -> bytes:
    """The bytes of an .npz; NumPy's own has the time in it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in sorted(arrays.items()):
            member = io.BytesIO()
            np.lib.format.write_array(member, array, allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, member.getvalue())
    return stream.getvalue()


def _as_bytes(value: Any) -> Array:
    return np.frombuffer(json.dumps(value, sort_keys=True).encode(), np.uint8)


def _text(element: Any) -> str:
    return element.decode("latin-1") if isinstance(element, bytes) else str(element)
