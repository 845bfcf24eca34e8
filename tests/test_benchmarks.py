"""The benchmarks' own machinery: lines, bounds, the page, parts that fail or are interrupted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import Runner

from benchmarks import __main__ as command
from benchmarks import numerical_sensitivity
from benchmarks.growth import line
from benchmarks.harness import Bench, Row
from benchmarks.pytest_plugin import resident


def test_points_on_a_line_are_on_it():
    found = line([10, 20, 40], [3.0, 5.0, 9.0])
    assert found.slope == pytest.approx(0.2)
    assert found.start == pytest.approx(1.0)
    assert found.r_squared == pytest.approx(1.0)
    assert found.departure == pytest.approx(0.0, abs=1e-9)


def test_a_square_is_no_line():
    assert line([1, 2, 3, 4, 5], [1, 4, 9, 16, 25]).departure > 5


def test_a_bound_is_met_up_to_itself():
    assert [Row("a", value, "s", most=3).met for value in (2.9, 3.0, 3.1)] == [True, True, False]
    assert Row("a", 1, "s").met is None


def good(_bench: Bench) -> Iterator[Row]:
    """(a) What is good."""
    yield Row("kept <b>", 0.05, "×", most=0.1)
    yield Row("behind it", 2, "ms", detail=True)


def failing(_bench: Bench) -> Iterator[Row]:
    yield Row("too long", 70.0, "s", most=60)
    raise ValueError("of no\nuse")


def interrupted(_bench: Bench) -> Iterator[Row]:
    yield Row("the first of two", 1.5, "×")
    raise KeyboardInterrupt


@pytest.fixture
def run(tmp_path, stub_python, monkeypatch):
    """Return a function that runs the command on parts of the test's."""

    def run(*arguments: str, **measures) -> Result:
        parts = {name: command.Part(f"Part {name}", (one,)) for name, one in measures.items()}
        monkeypatch.setattr(command, "PARTS", parts)
        options = ["--tf", stub_python, "--out", str(tmp_path), *arguments]
        return CliRunner(env={"COLUMNS": "120"}).invoke(command.main, options)

    return run


def test_a_part_that_fails_says_why_and_the_others_go_on(run, tmp_path):
    ran = run(a=failing, b=good)
    assert ran.exit_code == 0, ran.output
    parts = json.loads((tmp_path / "benchmarks.json").read_text("utf-8"))["parts"]
    assert parts["a"]["error"] == "ValueError: of no use"
    assert [row["met"] for row in parts["a"]["rows"] + parts["b"]["rows"]] == [False, True, None]
    assert "1 of 2 bounds met" in ran.output
    assert "behind it" not in ran.output
    page = (tmp_path / "index.html").read_text("utf-8")
    assert "ValueError: of no use" in page
    assert "kept &lt;b&gt;" in page
    assert "0.05×" in page
    assert "A bare loop of a million turns took" in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_page_in_markdown(run, tmp_path):
    run("--markdown", str(tmp_path / "cost.md"), a=good, b=failing)
    page = (tmp_path / "cost.md").read_text("utf-8")
    assert "1 of 2 bounds met" in page
    assert "| kept <b> | 0.05× | 0.1× | ✓ met |" in page
    assert "| behind it | 2 ms |  |  |" in page
    assert "! failed: ValueError: of no use" in page
    assert "A bare loop of a million turns took" in page


def test_an_interrupt_keeps_what_was_measured(run, tmp_path):
    ran = run(a=good, b=interrupted, c=good)
    assert ran.exit_code == 130
    parts = json.loads((tmp_path / "benchmarks.json").read_text("utf-8"))["parts"]
    assert list(parts) == ["a", "b"]
    assert [row["what"] for row in parts["b"]["rows"]] == ["the first of two"]


def test_parts_of_the_same_stay(run, tmp_path):
    def parts() -> list[str]:
        return list(json.loads((tmp_path / "benchmarks.json").read_text("utf-8"))["parts"])

    run(b=good)
    run("-p", "a", a=good, b=failing)
    assert parts() == ["a", "b"]
    run("--quick", a=good)
    assert parts() == ["a"]


def test_a_subject_that_is_not_there_is_wrong_usage(tmp_path):
    ran = CliRunner().invoke(command.main, ["--tf", "9.99", "--out", str(tmp_path)])
    assert ran.exit_code == 2
    assert "9.99" in ran.output


def test_a_share_of_the_checks_and_the_memory_of_both_processes(litmus: Runner, tmp_path):
    plugin = ("-p", "benchmarks.pytest_plugin", "--count-file", tmp_path / "count")
    litmus(*plugin, "--examples", 6, "--memory-file", tmp_path / "memory", "--memory-every", 5)
    assert (tmp_path / "count").read_text("utf-8") == "4"
    rows = [json.loads(one) for one in (tmp_path / "memory").read_text("utf-8").splitlines()]
    assert rows[0]["examples"] == 5
    assert all(row["driver"] > 10 and row["worker"] > 5 for row in rows)
    shares = []
    for quarters in (1, 2, 3):
        litmus(*plugin, "--examples", 1, "--quarters", quarters)
        shares.append(int((tmp_path / "count").read_text("utf-8")))
    assert shares == sorted(shares)
    assert shares[-1] <= 4


def test_memory_is_in_megabytes():
    assert 10 < resident(os.getpid()) < 10_000


@pytest.mark.parametrize(
    ("select", "rows"), [("test_gradient_descent and ref-float32", 1), ("test_names_of_steps", 0)]
)
def test_numerical_sensitivity_sees_what_is_judged(tmp_path, select, rows):
    page = tmp_path / "page.md"
    script = Path(numerical_sensitivity.__file__)
    ran = subprocess.run(
        [sys.executable, script, "--examples", "2", "-k", select, "--markdown", page],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (ran.returncode == 0) == page.exists() == bool(rows), ran.stdout + ran.stderr
    if not rows:
        assert "none of these checks compared an array with a ball" in ran.stderr
        return
    table = [line for line in page.read_text().splitlines() if line.startswith("| `")]
    assert len(table) == rows
    api, dtype, arrays, caught = (cell.strip() for cell in table[0].split("|")[1:5])
    assert (api, dtype) == ("`tf.train.GradientDescentOptimizer`", "float32")
    assert int(arrays) > 0
    assert 0 <= float(caught) < 100
