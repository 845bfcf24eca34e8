"""Frames of the worker's protocol in files, one after another."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from conformance.strategies import dtype_of
from conformance.worker import frames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.trace import Array

__all__ = ["decode_frames"]


def decode_frames(data: bytes) -> Iterator[tuple[dict[str, Any], list[Array]]]:
    """Yield the header and the arrays of each frame.

    Raises
    ------
    ValueError, BadFrame
        They are not that.
    """
    stream = io.BytesIO(data)

    def read(count: int) -> bytes:
        piece = stream.read(count)
        if len(piece) != count:
            raise ValueError("the file ends within an entry")
        return piece

    while stream.tell() < len(data):
        yield frames.decode(read, dtype_of)
