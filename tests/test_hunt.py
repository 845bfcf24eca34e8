"""A differential search on two stubs, one of which has a fault put into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import ROOT, Runner, write_python

from conformance import corpus
from conformance.cli import main

# The stub's mean, off by one unit in the last place where an element is larger than 2.
DRIFTS = """
_right = nn.moments


def _drifting(x, axes, keep_dims=False):
    mean, variance = _right(x, axes, keep_dims)

    def moved(feeds):
        value = mean.compute(feeds)
        return np.nextafter(value, np.inf) if (x.compute(feeds) > 2).any() else value

    return Tensor(moved, "mean"), variance


nn = types.SimpleNamespace(moments=_drifting)
"""
DIES = DRIFTS.replace("return np.nextafter", "return __import__('os')._exit(9) and np.nextafter")
LACKS = "\nnn = types.SimpleNamespace()\n"

Make = Callable[[str], str]


@pytest.fixture
def stub_with(tmp_path: Path) -> Make:
    """Return a function that makes a Python whose stub has more lines at its end."""

    def make(lines: str) -> str:
        folder = tmp_path / "other"
        folder.mkdir()
        text = (ROOT / "tests" / "stub_tensorflow.py").read_text("utf-8")
        (folder / "tensorflow.py").write_text(text + lines, encoding="utf-8")
        return write_python(folder / "python", folder)

    return make


def test_a_difference_is_found_and_shrunk(litmus: Runner, stub_with: Make) -> None:
    arguments = ("--against", stub_with(DRIFTS), "--examples", 30, "-k", "squeezed and float32")
    ran = litmus(*arguments, "--add-to-corpus")
    assert ran.status == 1, ran.output
    assert "radii apart" in ran.output
    assert "the first gives" in ran.output
    assert "1 of 1 inputs are new" in ran.output
    assert ran.folder is None
    (script,) = litmus.out.glob("*.py")
    assert "def moments(tf" in script.read_text("utf-8")
    compile(script.read_text("utf-8"), str(script), "exec")
    (found,) = corpus.load(litmus.fixtures / "corpus").families[corpus.FOUND]
    x = found.trace.steps[0].feeds["x"]
    assert x.size <= 2
    assert np.isin(x, np.arange(-4, 5)).all(), "the plainest regime"
    assert "0 of 1 inputs are new" in litmus(*arguments, "--add-to-corpus").output


def test_equal_subjects_end_with_0(litmus: Runner, stub_python: str) -> None:
    ran = litmus("--against", stub_python, "--examples", 5)
    assert ran.status == 0, ran.output
    assert "no difference was found" in ran.output
    assert not litmus.out.exists()


def test_a_death_of_one_is_a_difference(litmus: Runner, stub_with: Make) -> None:
    arguments = ("--examples", 10, "-k", "squeezed and float32", "--no-shrink")
    ran = litmus("--against", stub_with(DIES), *arguments)
    assert ran.status == 1, ran.output
    assert "the first: values; the second: died" in ran.output


def test_an_api_that_one_lacks_is_skipped(litmus: Runner, stub_with: Make) -> None:
    ran = litmus("--against", stub_with(LACKS), "--examples", 3)
    assert ran.status == 0, ran.output
    assert "4 skipped" in ran.output


def test_without_the_other_subject_there_is_no_hunt(litmus: Runner, tmp_path: Path) -> None:
    ran = litmus("--against", str(tmp_path / "nothing"))
    assert ran.status == 2, ran.output
    assert "there is no subject" in ran.output
    broken = write_python(tmp_path / "python", tmp_path / "empty")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "tensorflow.py").write_text("raise ImportError('broken')", "utf-8")
    assert litmus("--against", broken).status == 3


def test_a_hunt_is_one_process(litmus: Runner, stub_python: str) -> None:
    ran = litmus("--against", stub_python, "-n", 2)
    assert ran.status != 0
    assert "leave -n out" in ran.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["2.15", "9.99"], "9.99"),
        (["nothing-there", "2.15"], "there is no subject nothing-there"),
        (["2.15"], "CANDIDATE"),
        (["2.15", "1.15", "--profile", "v2"], "has no v2 behaviour"),
    ],
)
def test_wrong_usage(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(main, ["hunt", *arguments])
    assert result.exit_code == 2
    assert said in result.output


def test_no_check_selected(stub_python: str, tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    arguments = ["hunt", stub_python, stub_python, "-k", "no_such_check", "--out", str(tmp_path)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "no check is selected" in result.output + capfd.readouterr().err
