"""What is counted while a check runs, and the report as it grows on the disk."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys

import ml_dtypes
import numpy as np
import pytest
from conftest import ROOT

from conformance.arrays_json import array_as_json
from conformance.record import CheckRecord
from conformance.recorder import OUTCOMES, Recorder, label
from conformance.trace import digest_inputs, graphs, step, trace
from conformance.verdicts import bare_failure
from reports import documents, files

FINGERPRINT = {
    "tensorflow": "2.21.0",
    "python": "3.11.7",
    "numpy": "2.0.0",
    "keras": {"flavour": "keras", "version": "3.0"},
    "profile": "legacy",
    "onednn": None,
    "threads": {"intra": 1, "inter": 2},
    "grappler": True,
    "platform": "Linux",
    "cpu": "a processor",
}
SETTINGS = {"examples": 5, "seed": None, "select": None, "setup": None}


def row(name: str, outcome: str = "passed", record: CheckRecord | None = None) -> dict:
    return {
        "id": name,
        "api": "tf.nn.moments",
        "dtype": None,
        "outcome": outcome,
        **(record or CheckRecord()).as_json(),
        "seconds": 0.1,
        "reason": None,
        "failure": bare_failure("value", "off") if outcome == "failed" else None,
    }


# -- the record of one check -----------------------------------------------------------------------


def bits(*outputs) -> str:
    record = CheckRecord()
    record.add_inputs(b"")
    for name, array in outputs:
        record.add_outputs(name, array)
    return record.as_json()["bits"]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ml_dtypes.bfloat16])
def test_bits_tell_everything_but_nans_apart(dtype):
    dtype = np.dtype(dtype)
    value = np.array([0, 1, np.nan]).astype(dtype)
    other_nan = value.copy()
    other_nan.view(f"u{dtype.itemsize}")[2] |= 1
    assert bits(("y", value)) == bits(("y", other_nan))
    for different in (-value, value[::-1], value[:2], value.reshape(3, 1), value.astype(complex)):
        assert bits(("y", value)) != bits(("y", different))
    assert bits(("y", value)) != bits(("z", value))
    assert bits(("y", value), ("z", value)) != bits(("z", value), ("y", value))


def test_where_several_results_are_right_no_bits_are_claimed():
    record = CheckRecord(bits_are_open=True)
    record.add_inputs(b"")
    record.add_outputs("y", np.float32(1))
    assert record.as_json()["bits"] is None


def test_bits_of_strings_and_facts():
    letters = np.array([b"a", b"b"], object)
    assert bits(("y", letters)) == bits(("y", letters.copy()))
    assert bits(("y", letters)) != bits(("y", letters[::-1]))
    one, other = CheckRecord(examples=1), CheckRecord(examples=1)
    one.add_fact("names", ["a"])
    other.add_fact("names", ["b"])
    assert one.as_json()["bits"] != other.as_json()["bits"]


def test_inputs_of_strings_have_the_same_digest_in_every_process():
    program = (
        "import numpy as np\n"
        "from conformance.trace import *\n"
        "run = trace(step('y', x=np.array(['grün', b'b'], object)))\n"
        "print(digest_inputs(graphs.a.b(), run).hex())\n"
    )
    command = [sys.executable, "-c", program]
    digests = {subprocess.check_output(command, cwd=ROOT, text=True) for _ in range(2)}
    assert len(digests) == 1


def test_inputs_are_all_that_decides_what_is_computed():
    x = np.float32([1, 2])
    base = (graphs.a.b(n=1), trace(step("y", x=x), init={"v": x}))
    others = [
        (graphs.a.b(n=2), base[1]),
        (graphs.a.c(n=1), base[1]),
        (base[0].with_session(grappler=False), base[1]),
        (base[0], trace(step("y", x=x), init={"v": -x})),
        (base[0], trace(step("y", x=x[::-1]), init={"v": x})),
        (base[0], trace(step("y", x=x.astype(np.float64)), init={"v": x})),
        (base[0], trace(step("z", x=x), init={"v": x})),
        (base[0], trace(step("y", x=x), step("y", x=x), init={"v": x})),
        (base[0], trace(step("y", x=x), init={"v": x}, fresh=True)),
    ]
    digests = {digest_inputs(*base), *(digest_inputs(*one) for one in others)}
    assert len(digests) == len(others) + 1
    assert digest_inputs(*base) == digest_inputs(graphs.a.b(n=1), base[1])


def test_the_worst_is_kept():
    record = CheckRecord()
    record.add_comparisons(3, 1, bound_fraction=0.5, ulp=2)
    record.add_comparisons(2, 0, bound_fraction=0.25, ulp=7)
    record.add_comparisons(0, 4, bound_fraction=9, ulp=9)
    told = record.as_json()
    assert (told["comparisons"], told["unclaimed"]) == (5, 5)
    assert told["worst"] == {"bound_fraction": 0.5, "ulp": 7}


# -- arrays in a report ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "array",
    [
        np.float32([[0.1, -0.0], [np.nan, np.inf]]),
        np.array([0.1, 1e30], ml_dtypes.bfloat16),
        np.array(3, ">i4"),
        np.array([True]),
        np.zeros((0, 2)),
    ],
)
def test_an_array_in_a_report_reads_back_to_the_same_bits(array):
    told = array_as_json(array)
    little = array.astype(array.dtype.newbyteorder("<"))
    assert bytes.fromhex(told["hex"]) == little.tobytes()
    assert (told["dtype"], tuple(told["shape"])) == (array.dtype.name, array.shape)
    if array.dtype != bool:
        read = np.array([float(value) for value in told["values"]]).astype(array.dtype)
        np.testing.assert_array_equal(read, array.ravel())


@pytest.mark.parametrize("array", [np.array(["grün", b"b"], object), np.array(["grün", "b"])])
def test_an_array_of_strings_in_a_report(array):
    told = array_as_json(array)
    assert told == {"dtype": "string", "shape": [2], "values": ["grün", "b"], "hex": None}


# -- the report ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keras", "profile", "wanted"),
    [
        ("keras", "legacy", "tf2.21.0-legacy"),
        ("tf_keras", "legacy", "tf2.21.0+tf_keras-legacy"),
        ("tensorflow", "v2", "tf2.21.0-v2"),
    ],
)
def test_labels(keras, profile, wanted):
    told = {**FINGERPRINT, "keras": {"flavour": keras, "version": "1"}, "profile": profile}
    assert label(told) == wanted


def test_the_report_is_whole_and_valid_after_every_verdict(tmp_path):
    recorder = Recorder(tmp_path, SETTINGS)
    assert recorder.write(incomplete=True) is None
    assert list(tmp_path.iterdir()) == []
    for count, outcome in enumerate(OUTCOMES, start=1):
        recorder.add(FINGERPRINT, row(f"t.py::{outcome}", outcome))
        report = documents.load(tmp_path / "tf2.21.0-legacy" / "report.json")
        assert report["incomplete"] is True
        assert report["summary"]["checks"] == len(report["checks"]) == count
    recorder.write(incomplete=False)
    report = documents.load(tmp_path / "tf2.21.0-legacy")
    assert report["incomplete"] is False
    assert {name: report["summary"][name] for name in OUTCOMES} == dict.fromkeys(OUTCOMES, 1)
    assert [check["id"] for check in report["checks"]] == sorted(f"t.py::{o}" for o in OUTCOMES)


def test_a_second_verdict_of_a_check_replaces_the_first(tmp_path):
    recorder = Recorder(tmp_path, SETTINGS)
    recorder.add(FINGERPRINT, row("t.py::a"))
    recorder.add(FINGERPRINT, row("t.py::a", "failed"))
    recorder.add(FINGERPRINT, row("t.py::b"))
    report = documents.load(tmp_path / "tf2.21.0-legacy")
    assert [check["outcome"] for check in report["checks"]] == ["failed", "passed"]
    assert (report["summary"]["passed"], report["summary"]["failed"]) == (1, 1)


def test_what_was_written_survives_a_disk_that_is_full(tmp_path, monkeypatch):
    recorder = Recorder(tmp_path, SETTINGS)
    recorder.add(FINGERPRINT, row("t.py::a"))
    put = files.GrowingReport._put

    def half_of_it(report, data):
        monkeypatch.undo()
        put(report, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.GrowingReport, "_put", half_of_it)
    with pytest.raises(OSError, match="No space left") as caught:
        recorder.add(FINGERPRINT, row("t.py::b"))
    assert caught.value.filename.endswith("report.json")
    assert [one["id"] for one in documents.load(tmp_path / "tf2.21.0-legacy")["checks"]] == [
        "t.py::a"
    ]


def test_distances_without_a_number_stay_valid_json(tmp_path):
    record = CheckRecord()
    record.add_comparisons(1, bound_fraction=float("inf"), ulp=float("inf"))
    recorder = Recorder(tmp_path, SETTINGS)
    recorder.add(FINGERPRINT, row("t.py::a", record=record))
    text = (tmp_path / "tf2.21.0-legacy" / "report.json").read_text("utf-8")
    assert json.loads(text, parse_constant=pytest.fail)["checks"][0]["worst"]["ulp"] is None
