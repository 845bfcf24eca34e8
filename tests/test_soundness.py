"""Soundness runs: rounds are counted, go on where they stopped, and end when all is compared."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
import sample_reports as sample
from click.testing import CliRunner
from conftest import Runner

from conformance import soundness
from conformance.cli import main
from conformance.errors import SubjectUnavailable, UsageError
from conformance.matrix import Cell, Result, Settings
from conformance.pytest_process import WRONG_USAGE
from conformance.soundness import MOST_EXAMPLES, Asked, Soundness
from reports import documents, files
from reports.soundness import as_markdown, headline

ASKED = Asked("2.21", "legacy", None, 40)
Row = dict[str, Any]


class Fake:
    """In place of `matrix.Runner`: each run writes the next of the given reports."""

    rounds: ClassVar[list[tuple[int, list[Row] | None]]]
    cells: ClassVar[list[Cell]]
    examples: ClassVar[list[int]]

    def __init__(self, settings: Settings, _tell: object) -> None:
        self._settings = settings

    def run(self, cells: list[Cell], _processes: int, _done: object) -> list[Result]:
        (cell,) = cells
        status, checks = self.rounds[len(self.cells)]
        self.cells.append(cell)
        self.examples.append(self._settings.examples or 0)
        if checks is None:
            return [Result(cell, status, None, "no Python")]
        base, _ = sample.pair()
        path = self._settings.out / cell.name / "label" / "report.json"
        files.write_json(path, {**base, "checks": checks})
        return [Result(cell, status, path)]


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> Callable[..., type[Fake]]:
    """Return a function that sets what the next rounds give."""

    def given(*reports: tuple[int, list[Row] | None]) -> type[Fake]:
        Fake.rounds, Fake.cells, Fake.examples = list(reports), [], []
        monkeypatch.setattr(soundness, "Runner", Fake)
        return Fake

    return given


def check(api: str, comparisons: int, outcome: str = "passed", fraction: float = 0.5) -> Row:
    bad = outcome in ("failed", "expected")
    row = sample.check(
        f"test_a.py::test_{api[3:]}",
        api,
        outcome=outcome,
        **({"failure": sample.bits_failure()} if bad else {}),
    )
    return {**row, "comparisons": comparisons, "worst": {"bound_fraction": fraction, "ulp": 1.0}}


def go_on(state: Soundness, until: float = math.inf) -> Result:
    return state.run_round(until, None, lambda _cell, _what: None)


def test_what_has_reached_the_target_is_left_out(tmp_path, rounds):
    fake = rounds(
        (0, [check("tf.a", 90, fraction=0.9), check("tf.b", 10), check("tf.c", 0, "missing")]),
        (0, [check("tf.b", 30, fraction=0.7)]),
    )
    state = Soundness(tmp_path, ASKED, 40)
    go_on(state)
    assert state.open == ["tf.b"]
    go_on(state)
    assert state.finished
    first, second = (cell.arguments for cell in fake.cells)
    assert not [one for one in first if one.startswith("--without-api")]
    assert [one for one in second if one.startswith("--without-api")] == [
        "--without-api=tf.a",
        "--without-api=tf.c",
    ]
    seeds = [one[one.index("--hypothesis-seed") + 1] for one in (first, second)]
    assert seeds == ["40", "41"]
    rows = state.document["apis"]
    assert (rows["tf.b"]["comparisons"], rows["tf.b"]["runs"]) == (40, 2)
    assert rows["tf.b"]["bound_fraction"] == 0.7
    assert "2 of 2 APIs reached 40" in headline(state.document)
    assert "no unexplained failure" in headline(state.document)
    # What found nothing is not kept.
    assert [path.name for path in tmp_path.iterdir()] == ["soundness.json"]


def test_what_draws_nothing_is_compared_once(tmp_path, rounds):
    first = [check("tf.a", 10), {**check("tf.b", 3), "examples": 1}]
    fake = rounds((0, first), (0, [check("tf.a", 10)]))
    state = Soundness(tmp_path, ASKED, 40)
    go_on(state)
    assert state.open == ["tf.a"]
    go_on(state)
    assert ["--drawn-only" in cell.arguments for cell in fake.cells] == [False, True]
    assert "0 of 1 API reached 40" in headline(state.document)


def test_several_examples_need_not_be_drawn(tmp_path, rounds):
    first = [check("tf.a", 10), {**check("tf.b", 3), "examples": 2}]
    rounds((0, first), (0, [check("tf.a", 30)]))
    state = Soundness(tmp_path, ASKED, 40)
    go_on(state)
    assert state.open == ["tf.a", "tf.b"]
    go_on(state)
    assert state.finished


def test_when_all_that_is_left_draws_nothing_it_is_finished(tmp_path, rounds):
    first = [check("tf.a", 50), {**check("tf.b", 3), "examples": 2}]
    rounds((0, first), (WRONG_USAGE, None))
    state = Soundness(tmp_path, ASKED, 40)
    go_on(state)
    assert not state.finished
    go_on(state)
    assert Soundness.resumed(tmp_path, ASKED, 40, seed_given=True).finished


def test_rounds_grow_as_far_as_is_needed(tmp_path, rounds):
    fake = rounds(*[(0, [check("tf.a", 1)])] * 8, (0, [check("tf.a", 90)]), (0, []))
    state = Soundness(tmp_path, ASKED, 100)
    for _ in range(10):
        go_on(state)
    assert fake.examples[:8] == [12, 48, 192, 768, *[MOST_EXAMPLES] * 4]
    assert fake.examples[9] < MOST_EXAMPLES


def test_failures_are_kept_with_what_repeats_them(tmp_path, rounds):
    rounds((1, [check("tf.a", 3, "failed"), check("tf.b", 9, "expected", fraction=50.0)]))
    state = Soundness(tmp_path, ASKED, 5)
    go_on(state)
    (failure,) = state.document["failures"]
    assert (failure["api"], failure["seed"]) == ("tf.a", 40)
    assert documents.load(tmp_path / failure["report"])["checks"]
    assert state.document["apis"]["tf.b"]["failures"] == 0
    # That a registered deviation lies outside is known.
    assert state.document["apis"]["tf.b"]["bound_fraction"] is None
    page = as_markdown(state.document)
    assert f"- `{failure['check']}` with `--hypothesis-seed 40 --examples 12`" in page
    assert "| `tf.a` | 3 | 1 | 1 |" in page


def test_a_later_run_goes_on(tmp_path, rounds):
    rounds((130, [check("tf.a", 3)]), (0, [check("tf.a", 2), check("tf.b", 9)]))
    state = Soundness(tmp_path, ASKED, 5)
    assert go_on(state).status == 130
    assert not state.finished
    again = Soundness.resumed(tmp_path, Asked("2.21", "legacy", None, 7), 5, seed_given=False)
    assert again.seed == 41
    go_on(again)
    assert again.document["apis"]["tf.a"]["comparisons"] == 5
    assert again.finished
    assert not Soundness.resumed(tmp_path, ASKED, 6, seed_given=True).finished


def test_a_round_that_is_cut_short_by_time_does_not_know_all_apis(tmp_path, rounds):
    rounds((0, [check("tf.a", 9)]))
    state = Soundness(tmp_path, ASKED, 5)
    go_on(state, until=time.time() - 1)
    assert not state.open
    assert not state.finished


@pytest.mark.parametrize(
    "asked", [Asked("2.20", "legacy", None, 40), Asked("2.21", "legacy", "moments", 40)]
)
def test_a_document_of_other_settings_is_refused(tmp_path, rounds, asked):
    rounds((0, [check("tf.a", 9)]))
    go_on(Soundness(tmp_path, ASKED, 5))
    with pytest.raises(UsageError, match="--fresh"):
        Soundness.resumed(tmp_path, asked, 5, seed_given=True)
    (tmp_path / "soundness.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="not a tf-litmus/soundness/2"):
        Soundness.resumed(tmp_path, ASKED, 5, seed_given=True)


def test_without_a_report_there_is_nothing_to_count(tmp_path, rounds):
    rounds((3, None), (2, None))
    state = Soundness(tmp_path, ASKED, 5)
    with pytest.raises(SubjectUnavailable, match="no Python"):
        go_on(state)
    with pytest.raises(UsageError, match="no Python"):
        go_on(state)
    assert not list(tmp_path.iterdir())


def test_the_command_ends_with_its_verdict(tmp_path, rounds, stub_python):
    rounds((0, [check("tf.a", 3)]), (1, [check("tf.a", 3, "failed")]))
    arguments = ["soundness", "--tf", stub_python, "--comparisons", "5", "--seed", "8"]
    page = tmp_path / "soundness.md"
    arguments += ["--out", str(tmp_path / "out"), "--markdown", str(page)]
    ran = CliRunner().invoke(main, arguments)
    assert ran.exit_code == 1, ran.output
    assert "1 unexplained failure" in ran.output
    assert "hypothesis seeds 8 to 9" in page.read_text("utf-8")


def test_apis_are_left_out_and_time_ends(litmus: Runner) -> None:
    plugin = ("-p", "conformance.soundness_plugin", "--examples", 2)
    assert len(litmus(*plugin).checks) == 4
    over = litmus(*plugin, "--until", time.time() - 1)
    assert "4 skipped" in over.output
    left_out = litmus(*plugin, "--without-api=tf.nn.moments")
    assert "4 deselected" in left_out.output


def test_a_real_tensorflow_is_compared_and_goes_on(tmp_path, tensorflow_python):
    def run(comparisons: int) -> dict[str, Any]:
        command = [sys.executable, "-m", "conformance", "soundness", "--tf", tensorflow_python]
        command += ["-k", "test_moments and float32", "--comparisons", str(comparisons)]
        command += ["--out", str(tmp_path), "--seconds", "200"]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return json.loads((tmp_path / "soundness.json").read_text("utf-8"))

    before = run(1)
    reached = min(row["comparisons"] for row in before["apis"].values())
    after = run(reached + 1)
    assert after["settings"] == before["settings"]
    assert len(after["rounds"]) > len(before["rounds"])
    assert all(row["comparisons"] > reached for row in after["apis"].values())


def test_seeds_differ_from_run_to_run(tmp_path, rounds, stub_python):
    seeds = set()
    for n in range(2):
        rounds((0, [check("tf.a", 9)]))
        arguments = ["soundness", "--tf", stub_python, "--comparisons", "5"]
        out = tmp_path / str(n)
        assert CliRunner().invoke(main, [*arguments, "--out", str(out)]).exit_code == 0
        seeds.add(json.loads((out / "soundness.json").read_text("utf-8"))["settings"]["seed"])
    assert len(seeds) == 2


def test_rounds_enlarge_as_they_are_asked(tmp_path, rounds):
    fake = rounds((1, [check("tf.a", 3, "failed")]))
    asked = Asked("2.21", "legacy", None, 40, enlarge=8)
    state = Soundness(tmp_path, asked, 5)
    go_on(state)
    arguments = fake.cells[0].arguments
    assert arguments[arguments.index("--enlarge") + 1] == "8"
    page = as_markdown(state.document)
    assert "`tf-litmus soundness --tf 2.21 --enlarge 8`" in page
    assert "--examples 12 --enlarge 8`" in page
    with pytest.raises(UsageError, match="enlarge 1"):
        Soundness.resumed(tmp_path, ASKED, 5, seed_given=False)
