"""The bytes of scalar summaries: the protocol buffer ``Summary`` on the wire.

Source: ``tensorflow/core/framework/summary.proto``; ``tensorflow/core/kernels/summary_op.cc:
SummaryScalarOp, SummaryMergeOp``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference_impls.underflow import distinct, flushed

if TYPE_CHECKING:
    from collections.abc import Sequence

    Array = np.ndarray[Any, np.dtype[Any]]

# Field numbers and wire types: value = 1 and tag = 1 have a length, simple_value = 2 has 4 bytes.
_LENGTH_DELIMITED, _SIMPLE_VALUE = b"\x0a", b"\x15"


def scalar(tag: str, value: Array) -> list[bytes]:
    """Return what the summary of one value may be: a scalar of any real dtype, as a float32.

    Two where a float64 is subnormal as a float32: the thread decides whether the cast flushes it.
    """
    with np.errstate(over="ignore", under="ignore"):
        number = np.asarray(value).astype("<f4")
    numbers = [number, flushed(number)] if value.dtype == np.float64 else [number]
    head = _field(tag.encode()) + _SIMPLE_VALUE
    return [_field(head + one.tobytes()) for one in distinct(numbers)]


def merged(summaries: Sequence[bytes]) -> bytes:
    """Return the summary of all values of ``summaries``, in their order."""
    return b"".join(summaries)


def _field(content: bytes) -> bytes:
    return _LENGTH_DELIMITED + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
