"""Report files: what is valid, what is refused and in which words, and that writing is atomic."""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sample_reports as sample

from reports import documents, files
from reports.diff import CLASSES, compare
from reports.documents import NotAReport

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def report() -> dict[str, Any]:
    return sample.pair()[1]


def test_sample_reports_and_their_diff_are_valid() -> None:
    base, candidate = sample.pair()
    for document in (base, candidate, compare(base, candidate)):
        documents.validate(document)


def test_added_fields_are_allowed(report: dict[str, Any]) -> None:
    report["checks"][0]["replayed"] = True
    report["subject"]["container"] = "image"
    documents.validate(report)


@pytest.mark.parametrize("field", ["created", "incomplete", "settings", "subject", "summary"])
def test_each_promised_field_is_required(report: dict[str, Any], field: str) -> None:
    del report[field]
    with pytest.raises(NotAReport, match=f"'{field}' is a required property"):
        documents.validate(report)


@pytest.mark.parametrize("field", ["api", "outcome", "comparisons", "bits", "worst", "failure"])
def test_each_promised_field_of_a_check_is_required(report: dict[str, Any], field: str) -> None:
    del report["checks"][3][field]
    with pytest.raises(NotAReport, match=rf"checks\[3\]: '{field}' is a required property"):
        documents.validate(report)


def _set(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    *way, last = (int(key) if key.isdigit() else key for key in path.split("/"))

    def change(document: Any) -> None:
        for key in way:
            document = document[key]
        document[last] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set("schema", "tf-litmus/report/2"),
        _set("schema", ["tf-litmus/report/1"]),
        _set("subject/profile", "eager"),
        _set("checks/0/outcome", "skipped"),
        _set("checks/0/comparisons", -1),
        _set("checks/0/bits", "not hexadecimal"),
        _set("checks/0/worst/bound_fraction", "big"),
        _set("checks/0/worst/ulp", -1.0),
        _set("checks/0/failure", {"kind": "value"}),
        _set("checks/1/id", f"{sample.CHECKS}/{'test_moving_averages.py::'}"),
    ],
)
def test_broken_reports_are_refused_in_one_line(
    report: dict[str, Any], change: Callable[[dict[str, Any]], None]
) -> None:
    report["checks"][0]["id"] = report["checks"][1]["id"].partition("::")[0] + "::"
    change(report)
    with pytest.raises(NotAReport) as caught:
        documents.validate(report)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("document", [None, [], "report", {}, {"checks": []}])
def test_other_documents_are_refused(document: object) -> None:
    with pytest.raises(NotAReport, match="its schema is None"):
        documents.validate(document)


def test_a_diff_must_count_every_class() -> None:
    diff = compare(*sample.pair())
    assert list(diff["counts"]) == list(CLASSES)
    del diff["counts"]["lost"]
    with pytest.raises(NotAReport, match="counts"):
        documents.validate(diff)


def test_load_reads_a_file_and_a_directory(tmp_path: Path, report: dict[str, Any]) -> None:
    files.write_json(tmp_path / "report.json", report)
    assert documents.load(tmp_path) == documents.load(str(tmp_path / "report.json")) == report


def test_load_says_what_is_wrong_and_what_to_do(tmp_path: Path) -> None:
    def message(path: Path) -> str:
        with pytest.raises(NotAReport) as caught:
            documents.load(path)
        line = str(caught.value)
        assert line.startswith(str(path))
        assert "\n" not in line
        return line

    base, candidate = sample.pair()
    assert "give a report.json" in message(tmp_path / "nowhere.json")

    empty = tmp_path / "empty"
    empty.mkdir()
    assert "holds no report.json" in message(empty)

    files.write_json(tmp_path / "out" / "tf2.15.1-legacy" / "report.json", base)
    assert f"did you mean {tmp_path / 'out' / 'tf2.15.1-legacy'}?" in message(tmp_path / "out")

    half = tmp_path / "half.json"
    half.write_text(json.dumps(base)[:1000])
    assert "not JSON" in message(half)

    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "not JSON" in message(binary)

    deep = tmp_path / "deep.json"
    deep.write_text("[" * 200_000)
    assert "not JSON" in message(deep)

    diff = tmp_path / "diff.json"
    files.write_json(diff, compare(base, candidate))
    assert "not a report" in message(diff)

    broken = tmp_path / "broken.json"
    files.write_json(broken, base | {"checks": [{"id": "a\nb"}]})
    assert "$.checks[0]" in message(broken)


def test_non_finite_measures_survive_the_file(tmp_path: Path, report: dict[str, Any]) -> None:
    report["checks"][0]["worst"] = {"bound_fraction": math.inf, "ulp": math.nan}
    files.write_json(tmp_path / "report.json", report)
    assert documents.load(tmp_path)["checks"][0]["worst"] == {"bound_fraction": "inf", "ulp": "nan"}


def test_writing_replaces_the_whole_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "page.html"
    files.write_text(path, "long before " * 1000)
    files.write_text(path, "± \ud800")
    assert path.read_bytes() == "± \\ud800".encode()
    assert [file.name for file in path.parent.iterdir()] == ["page.html"]
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask


def _fill_the_disk(path: str) -> None:
    """Write more than this process may, which fails in the middle as a full disk does."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    try:
        files.write_text(path, "x" * 100_000)
    except OSError as error:
        print(error.filename)


def test_a_failed_write_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    files.write_text(path, "old")
    done = subprocess.run(
        [sys.executable, __file__, str(path)],
        env={**os.environ, "PYTHONPATH": str(Path(files.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == str(path), done.stderr
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_below_a_file_names_the_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"report\.json") as caught:
        files.write_text(tmp_path / "file" / "report.json", "text")
    assert caught.value.filename == str(tmp_path / "file" / "report.json")


if __name__ == "__main__":
    _fill_the_disk(sys.argv[1])
