"""Bad input through the command line: one line that names it, exit 2 or 3, nothing half-written."""

from __future__ import annotations

import json
import subprocess
import sys
import venv

import pytest
from conftest import ROOT, write_python

from reports import documents

SELECTED = ("-k", "test_moments and test_mean_and_variance and float32", "--examples", "3")


@pytest.fixture
def litmus(tmp_path):
    """Run the command line in an empty folder; return (exit status, the lines that say error)."""

    def run(*arguments: object, limit: str = "") -> tuple[int, list[str]]:
        command = [sys.executable, "-m", "conformance", *map(str, arguments)]
        process = subprocess.run(
            ["sh", "-c", f'{limit}\nexec "$@"', "sh", *command],
            cwd=tmp_path,
            env={
                "PATH": "/usr/bin:/bin",
                "PYTHONPATH": str(ROOT),
                "HOME": str(tmp_path),
                # A limit on files must not cut the checkout's own.
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        output = process.stdout + process.stderr
        assert "Traceback" not in output
        assert "INTERNALERROR" not in output
        told = ("tf-litmus: ", "error: ", "ERROR: ")
        return process.returncode, [one for one in output.splitlines() if one.startswith(told)]

    return run


def written(folder) -> list[str]:
    """Return every file below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_release_that_does_not_exist(litmus, tmp_path):
    status, (line,) = litmus("run", "--tf", "9.9")
    assert status == 2
    assert line.startswith("tf-litmus: TensorFlow 9.9 is not in the releases table; the nearest is")
    assert written(tmp_path) == []


def test_an_interpreter_that_is_not_there(litmus, tmp_path):
    status, (line,) = litmus("run", "--tf", "no/such/python")
    assert status == 2
    assert line.startswith("tf-litmus: there is no subject no/such/python; a SUBJECT is")
    assert written(tmp_path) == []


def test_a_command_that_is_not_there(litmus):
    status, (line,) = litmus("run", "--tf", "cmd:no-such-command python3")
    assert status == 3
    assert "there is no command 'no-such-command'; install it" in line


def test_an_interpreter_without_tensorflow(litmus, tmp_path):
    (tmp_path / "empty").mkdir()
    text = "raise ImportError('No module named tensorflow')"
    (tmp_path / "empty" / "tensorflow.py").write_text(text, encoding="utf-8")
    python = write_python(tmp_path / "python", tmp_path / "empty")
    status, (line,) = litmus("run", "--tf", python, *SELECTED)
    assert status == 3
    assert line == (
        f"error: {python}: no TensorFlow in this Python (No module named tensorflow); install "
        f"one, such as `{python} -m pip install tensorflow`"
    )
    assert written(tmp_path / "reports") == []


def test_an_interpreter_without_anything(litmus, tmp_path):
    venv.create(tmp_path / "bare")
    python = tmp_path / "bare" / "bin" / "python"
    status, (line,) = litmus("run", "--tf", python, *SELECTED)
    assert status == 3
    assert "No module named 'numpy'" in line
    assert f"does `{python}` start a Python that can import tensorflow?" in line
    assert written(tmp_path / "reports") == []


def test_a_setup_file_that_raises(litmus, tmp_path, stub_python):
    (tmp_path / "setup.py").write_text("x = 1\n\nraise KeyError('b')\n", encoding="utf-8")
    status, (line,) = litmus("run", "--tf", stub_python, "--setup", "setup.py", *SELECTED)
    assert status == 3
    assert f"--setup {tmp_path}/setup.py: line 3: KeyError: 'b'; correct the file" in line
    assert written(tmp_path / "reports") == []


def test_a_setup_file_that_is_no_text(litmus, tmp_path, stub_python):
    (tmp_path / "setup.py").write_bytes(b"\xff\xfe")
    status, (line,) = litmus("run", "--tf", stub_python, "--setup", "setup.py", *SELECTED)
    assert status == 2
    assert line.startswith(f"ERROR: --setup {tmp_path}/setup.py: not a text in UTF-8")
    assert written(tmp_path / "reports") == []


def test_a_broken_setup_file_with_xdist(litmus, tmp_path, stub_python):
    (tmp_path / "setup.py").write_text("raise KeyError('b')\n", encoding="utf-8")
    arguments = ("--tf", stub_python, "--setup", "setup.py", "-n", 2, *SELECTED)
    status, lines = litmus("run", *arguments)
    assert status == 3
    assert len([line for line in lines if "line 1: KeyError: 'b'" in line]) == 1
    assert written(tmp_path / "reports") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "not JSON"),
        ('{"schema": "other"}', "its schema is 'other'"),
        ('{"schema": "tf-litmus/report/1"}', "not a valid tf-litmus/report/1"),
    ],
)
def test_a_report_that_is_not_one(litmus, tmp_path, text, told):
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    status, (line,) = litmus("diff", "a.json", "a.json")
    assert status == 2
    assert line.startswith("tf-litmus: a.json: ")
    assert told in line
    assert written(tmp_path) == ["a.json"]


def test_an_out_that_is_no_folder(litmus, tmp_path):
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    status, (line,) = litmus("run", "--out", "taken/below")
    assert status == 2
    assert line.startswith("tf-litmus: taken/below: ")
    assert (tmp_path / "taken").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("blocks", "refused", "left"),
    [
        (1, "report.json", []),
        (40, "index.html", ["tf2.21.0-legacy/report.json"]),
    ],
    ids=["report", "page"],
)
def test_a_disk_that_is_full(litmus, tmp_path, stub_python, blocks, refused, left):
    """Files of more than so many blocks of 512 bytes cannot be written."""
    # Whether a check has frozen inputs, whose outputs are kept too, the next corpus may change.
    arguments = ("--tf", stub_python, "--out", "out", *SELECTED, "--", "--no-corpus")
    status, (line,) = litmus("run", *arguments, limit=f"ulimit -f {blocks}")
    assert status == 2
    assert line == (
        f"error: {tmp_path}/out/tf2.21.0-legacy/{refused}: File too large; choose another "
        "folder for the report, or make room"
    )
    # What is there is whole.
    assert written(tmp_path / "out") == left
    for one in (tmp_path / "out" / name for name in left):
        documents.validate(json.loads(one.read_text("utf-8")))
