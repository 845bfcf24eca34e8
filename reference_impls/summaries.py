"""The bytes of scalar summaries: the protocol buffer ``Summary`` on the wire.

Source: ``tensorflow/core/framework/summary.proto``; ``tensorflow/core/kernels/summary_op.cc:
SummaryScalarOp, SummaryMergeOp``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    Array = np.ndarray[Any, np.dtype[Any]]

# Field numbers and wire types: value = 1 and tag = 1 have a length, simple_value = 2 has 4 bytes.
_LENGTH_DELIMITED, _SIMPLE_VALUE = b"\x0a", b"\x15"


def scalar(tag: str, value: Array) -> bytes:
    """Return the summary of one value: a scalar of any real dtype, which becomes a float32."""
    with np.errstate(over="ignore"):
        number = np.asarray(value).astype("<f4").tobytes()
    return _field(_field(tag.encode()) + _SIMPLE_VALUE + number)


def merged(summaries: Sequence[bytes]) -> bytes:
    """Return the summary of all values of ``summaries``, in their order."""
    return b"".join(summaries)


def _field(content: bytes) -> bytes:
    return _LENGTH_DELIMITED + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
