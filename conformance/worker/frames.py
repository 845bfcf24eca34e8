"""Frames: how driver and worker talk, written once and used by both.

A frame is ``MAGIC``, the length of a JSON header (unsigned 32-bit, big-endian), the header, and the
raw bytes of the arrays the header lists, in order, little-endian and row-major. An array's dtype
travels by name, so bfloat16 needs no NumPy that knows it, and no pickle has to be read across
NumPy 1.16 and NumPy 2.
"""

import functools
import json
import struct
import sys

import numpy as np

MAGIC = b"\x93TFL1\n"
_LENGTH = struct.Struct(">I")


class BadFrame(Exception):
    """What arrived is not a frame."""


def encode(header, arrays):
    """Return a frame's bytes: ``header`` (a JSON value) with ``arrays`` (a list of ndarrays)."""
    blobs = []
    described = []
    for array in arrays:
        # np.asarray(order="C"), not ascontiguousarray: that one turns a scalar into one dimension.
        array = np.asarray(array, order="C")
        if array.dtype.kind in "OSU":
            name, blob = "string", _strings_to_bytes(array)
        else:
            if array.dtype.byteorder == ">" or (
                array.dtype.byteorder == "=" and sys.byteorder == "big"
            ):
                array = array.byteswap().view(array.dtype.newbyteorder("<"))
            name, blob = _name(array.dtype), array.tobytes()
        described.append({"dtype": name, "shape": list(array.shape), "bytes": len(blob)})
        blobs.append(blob)
    head = json.dumps({"header": header, "arrays": described}).encode("utf-8")
    return b"".join([MAGIC, _LENGTH.pack(len(head)), head] + blobs)


def decode(read, dtype_named):
    """Read one frame.

    Parameters
    ----------
    read : callable
        ``read(n)`` returns exactly n bytes or raises.
    dtype_named : callable
        Turns a dtype's name into a NumPy dtype (bfloat16 is not NumPy's own).

    Returns
    -------
    (header, arrays)

    Raises
    ------
    BadFrame
        The bytes are not a frame.
    """
    magic = read(len(MAGIC))
    if magic != MAGIC:
        raise BadFrame("expected a frame, got %r" % magic)
    (length,) = _LENGTH.unpack(read(_LENGTH.size))
    try:
        head = json.loads(read(length).decode("utf-8"))
        described = [(item["dtype"], item["shape"], item["bytes"]) for item in head["arrays"]]
        header = head["header"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadFrame("a frame's header is not one: %s" % error)
    return header, [
        _to_array(name, shape, read(size), dtype_named) for name, shape, size in described
    ]


@functools.lru_cache(maxsize=None)
def _name(dtype):
    """A dtype's name, which NumPy puts together anew at every asking."""
    return dtype.name


def _to_array(name, shape, blob, dtype_named):
    try:
        if name == "string":
            return _bytes_to_strings(blob).reshape(shape)
        # A copy: what frombuffer returns is read-only and keeps the blob alive.
        return np.frombuffer(blob, dtype=dtype_named(name)).copy().reshape(shape)
    except (ValueError, TypeError, struct.error) as error:
        raise BadFrame("%d bytes are no %s array of shape %s: %s" % (len(blob), name, shape, error))


def _strings_to_bytes(array):
    parts = []
    for item in array.ravel().tolist():
        raw = item if isinstance(item, bytes) else str(item).encode("utf-8")
        parts.extend([_LENGTH.pack(len(raw)), raw])
    return b"".join(parts)


def _bytes_to_strings(blob):
    items = []
    at = 0
    while at < len(blob):
        (length,) = _LENGTH.unpack_from(blob, at)
        at += _LENGTH.size
        items.append(blob[at : at + length])
        at += length
    strings = np.empty(len(items), dtype=object)
    strings[:] = items
    return strings
