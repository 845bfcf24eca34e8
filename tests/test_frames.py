"""The protocol's frames: what goes in comes out, bit for bit, and rubbish is told apart."""

from __future__ import annotations

import io
import json
import struct

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from conformance.worker import frames

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
DTYPES = [
    np.dtype(name)
    for name in (
        *("float16", "float32", "float64", "complex64", "complex128", "bool"),
        *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    )
] + [BFLOAT16]

shapes = npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)


class Truncated(Exception):
    """Stands for what the driver's and the worker's `read` do at the end of the pipe."""


def read_from(data: bytes):
    stream = io.BytesIO(data)

    def read(count: int) -> bytes:
        piece = stream.read(count)
        if len(piece) != count:
            raise Truncated
        return piece

    return read


def dtype_named(name: str) -> np.dtype:
    return BFLOAT16 if name == "bfloat16" else np.dtype(name)


def decode(data: bytes):
    return frames.decode(read_from(data), dtype_named)


def frame_with(head: object) -> bytes:
    raw = head if isinstance(head, bytes) else json.dumps(head).encode()
    return frames.MAGIC + struct.pack(">I", len(raw)) + raw


@st.composite
def bit_patterns(draw: st.DrawFn) -> np.ndarray:
    """Arrays of any dtype and any bits: NaN payloads, subnormals, both zeros."""
    dtype = draw(st.sampled_from(DTYPES))
    shape = draw(shapes)
    size = int(np.prod(shape, dtype=int)) * dtype.itemsize
    blob = draw(st.binary(min_size=size, max_size=size))
    if dtype == np.dtype(bool):
        blob = bytes(byte & 1 for byte in blob)
    return np.frombuffer(blob, dtype).reshape(shape)


headers = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(header=headers, arrays=st.lists(bit_patterns(), max_size=3))
def test_a_frame_comes_out_as_it_went_in(header, arrays):
    got, values = decode(frames.encode(header, arrays))
    assert got == header
    assert [(one.dtype, one.shape) for one in values] == [(one.dtype, one.shape) for one in arrays]
    assert [one.tobytes() for one in values] == [one.tobytes() for one in arrays]


@given(array=bit_patterns())
def test_bytes_are_little_endian_whatever_the_input(array):
    big = array.astype(array.dtype.newbyteorder(">"))
    assert frames.encode(None, [big]) == frames.encode(None, [array])


@given(array=bit_patterns().filter(lambda one: one.ndim > 1))
def test_arrays_in_any_memory_layout_arrive_row_major(array):
    (value,) = decode(frames.encode(None, [array.T]))[1]
    assert value.shape == array.T.shape
    assert value.tobytes() == np.ascontiguousarray(array.T).tobytes()


@given(items=st.lists(st.binary() | st.text(), max_size=5), as_column=st.booleans())
def test_strings_arrive_as_bytes(items, as_column):
    array = np.empty(len(items), object)
    array[:] = items
    array = array.reshape(-1, 1) if as_column else array
    (value,) = decode(frames.encode(None, [array]))[1]
    assert value.shape == array.shape
    assert value.ravel().tolist() == [
        one.encode() if isinstance(one, str) else one for one in items
    ]


@pytest.mark.parametrize("array", [np.array("grün"), np.array([b"a", b""]), np.array([["x"]])])
def test_numpy_strings_arrive_as_bytes(array):
    (value,) = decode(frames.encode(None, [array]))[1]
    assert value.shape == array.shape
    assert value.dtype == object
    assert value.ravel().tolist() == [
        one.encode() if isinstance(one, str) else one for one in array.ravel().tolist()
    ]


def test_a_decoded_array_is_writable_and_keeps_no_frame_alive():
    (value,) = decode(frames.encode(None, [np.zeros(3, np.float32)]))[1]
    value[0] = 1
    assert value.flags.owndata or value.base.flags.owndata


def test_frames_follow_one_another():
    data = frames.encode("first", [np.arange(3)]) + frames.encode("second", [])
    read = read_from(data)
    assert [frames.decode(read, dtype_named)[0] for _ in range(2)] == ["first", "second"]


@given(data=st.data(), array=bit_patterns())
def test_a_frame_cut_short_asks_for_more(data, array):
    whole = frames.encode({"a": 1}, [array])
    cut = data.draw(st.integers(0, len(whole) - 1), label="cut")
    with pytest.raises(Truncated):
        decode(whole[:cut])


@given(rubbish=st.binary(min_size=len(frames.MAGIC)))
def test_rubbish_is_no_frame(rubbish):
    if rubbish.startswith(frames.MAGIC):
        rubbish = rubbish[1:] + b"!"
    with pytest.raises(frames.BadFrame, match="expected a frame, got"):
        decode(rubbish)


@pytest.mark.parametrize(
    "head",
    [
        b"\xff\xfe",
        b"not JSON",
        [],
        {"header": 1},
        {"arrays": []},
        {"header": 1, "arrays": [3]},
        {"header": 1, "arrays": [{"dtype": "float32"}]},
    ],
)
def test_a_header_that_is_not_one_is_no_frame(head):
    with pytest.raises(frames.BadFrame, match="header is not one"):
        decode(frame_with(head))


@pytest.mark.parametrize(
    ("dtype", "shape", "size"),
    [
        ("float33", [1], 4),
        ("float32", [2], 4),
        ("float32", [1], 3),
        ("string", [1], 3),
        ("string", [2], 4),
        ("float32", "ab", 4),
    ],
)
def test_an_array_that_is_not_one_is_no_frame(dtype, shape, size):
    head = {"header": 1, "arrays": [{"dtype": dtype, "shape": shape, "bytes": size}]}
    with pytest.raises(frames.BadFrame, match=f"{size} bytes are no {dtype} array"):
        decode(frame_with(head) + bytes(size))
