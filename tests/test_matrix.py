"""The matrix: its plan, its runs through crashes and interrupts, its document, and merging."""

from __future__ import annotations

import copy
import importlib.metadata
import io
import json
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sample_reports as sample
from click.testing import CliRunner
from rich.console import Console

from conformance import cli, matrix
from conformance.errors import UsageError
from conformance.matrix import Cell, Settings, plan, shard
from conformance.releases import table
from reports import documents, files, outputs, terminal
from reports import matrix as matrix_report
from reports.diff import compare
from reports.matrix_page import write_matrix_page

VERSION = importlib.metadata.version("tf-litmus")


def names(cells: list[Cell]) -> list[str]:
    return [cell.name for cell in cells]


def test_a_range_has_its_releases_in_the_tables_order():
    assert [cell.subject for cell in plan(("1.14..2.1",), "legacy")] == [
        "1.14",
        "1.15",
        "2.0",
        "2.1",
    ]
    numbered = [name for name in table().releases if name != "nightly"]
    assert [cell.subject for cell in plan(("1.12..2.21",), "legacy")] == numbered


def test_a_range_of_a_flavour_has_the_releases_that_have_it():
    cells = plan(("2.14..2.17+tf_keras",), "legacy")
    assert [cell.subject for cell in cells] == ["2.16+tf_keras", "2.17+tf_keras"]


def test_a_pattern_has_the_keras_flavours_that_match():
    subjects = [cell.subject for cell in plan(("2.16+keras3.*",), "legacy")]
    assert subjects[:2] == ["2.16+keras3.0", "2.16+keras3.3"]
    assert not {"2.16", "2.16+tf_keras"} & set(subjects)


def test_tensorflow_1_has_one_profile():
    assert names(plan(("1.15..2.0",), "both")) == ["1.15-legacy", "2.0-legacy", "2.0-v2"]


def test_a_cell_given_twice_is_one():
    assert names(plan(("2.15", "2.15..2.16"), "legacy")) == ["2.15-legacy", "2.16-legacy"]


@pytest.mark.parametrize(
    ("subject", "profile", "message"),
    [
        ("2.15..2.99", "legacy", "2.99 is not in the releases table"),
        ("old..2.21", "legacy", "old is not a release"),
        ("2.21..2.15", "legacy", "no release in this range"),
        ("1.12..1.15+tf_keras", "legacy", "no release in this range, or none with the flavour"),
        ("2.98", "legacy", "2.98 is not in the releases table"),
        ("2.15+keras3.*", "legacy", "no flavour of this release matches; it has keras"),
        ("old+keras*", "legacy", "old is not a release"),
        ("1.15", "v2", "no subject of 1.15 has the v2 profile"),
    ],
)
def test_a_range_that_makes_no_sense_is_named(subject, profile, message):
    with pytest.raises(UsageError, match=message):
        plan((subject,), profile)


def test_shards_are_the_whole_without_overlap():
    cells = plan(("1.12..2.21",), "both")
    parts = [shard(cells, f"{i}/4") for i in (1, 2, 3, 4)]
    assert sorted(names([cell for part in parts for cell in part])) == sorted(names(cells))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize("part", ["0/4", "5/4", "1", "a/b", "1/0"])
def test_a_shard_that_makes_no_sense_is_named(part):
    with pytest.raises(UsageError, match="--shard"):
        shard([], part)


class Fake(matrix.Runner):
    """Runs a small program in place of ``tf-litmus run``: it may write a report, fail, or wait."""

    def __init__(self, settings: Settings, programs: dict[str, str]) -> None:
        self.told: list[tuple[str, str]] = []
        self.started = threading.Event()
        super().__init__(settings, self._note)
        self._programs = programs

    def _note(self, cell: Cell, what: str) -> None:
        self.told.append((cell.name, what))
        self.started.set()

    def _command(self, cell: Cell, folder: Path) -> list[str]:
        program = textwrap.dedent(self._programs[cell.subject])
        return [sys.executable, "-c", program, str(folder)]


@pytest.fixture
def writes(tmp_path):
    """Give a program that writes a whole report and ends with a status."""

    def program(status: int = 0, **subject: Any) -> str:
        base, _ = sample.pair()
        document = copy.deepcopy(base)
        document["subject"] |= subject
        document["settings"] = {"examples": 3, "seed": 0, "select": None, "setup": None}
        document["tf_litmus"] = VERSION
        path = tmp_path / f"given-{len(list(tmp_path.iterdir()))}.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return f"""
            import pathlib, shutil, sys
            out = pathlib.Path(sys.argv[1], "label")
            out.mkdir()
            shutil.copy({str(path)!r}, out / "report.json")
            sys.exit({status})
        """

    return program


def test_what_fails_in_one_cell_is_its_own_affair(tmp_path, writes):
    cells = plan(("2.14..2.17",), "legacy")
    runner = Fake(
        Settings(tmp_path / "out", examples=3),
        {
            "2.14": "import os; os.kill(os.getpid(), 9)",
            "2.15": writes(1),
            "2.16": "import sys; print('tf-litmus: no Python 3.11 here'); sys.exit(3)",
            "2.17": writes(),
        },
    )
    seen = []
    results = {one.cell.subject: one for one in runner.run(cells, 2, seen.append)}
    assert len(seen) == 4
    assert (results["2.14"].reason, results["2.14"].report) == ("ended by SIGKILL", None)
    assert (results["2.16"].status, results["2.16"].reason) == (3, "no Python 3.11 here")
    assert (results["2.15"].status, results["2.17"].status) == (1, 0)
    assert documents.load(results["2.17"].report)["checks"]


def test_what_has_finished_is_not_run_again(tmp_path, writes):
    (cell,) = plan(("2.15",), "legacy")
    settings = Settings(tmp_path / "out", examples=3)
    Fake(settings, {"2.15": writes()}).run([cell], 1, lambda _: None)
    assert matrix.finished(cell, settings, VERSION) is not None
    assert matrix.finished(cell, Settings(tmp_path / "out", examples=4), VERSION) is None
    assert matrix.finished(cell, Settings(tmp_path / "out", "moments", 3), VERSION) is None
    assert matrix.finished(cell, settings, "another version") is None
    path = matrix.found(cell, settings.out)
    document = json.loads(path.read_text("utf-8")) | {"incomplete": True}
    path.write_text(json.dumps(document), encoding="utf-8")
    assert matrix.finished(cell, settings, VERSION) is None
    path.write_text("{", encoding="utf-8")
    assert matrix.finished(cell, settings, VERSION) is None


def test_an_interrupt_stops_every_run_and_keeps_what_finished(tmp_path, writes):
    """Each run is interrupted once, and has the time to write its report."""
    waits = """
        import pathlib, sys, time
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            pathlib.Path(sys.argv[1], "told").touch()
            sys.exit(130)
    """
    runner = Fake(
        Settings(tmp_path / "out"),
        {"2.14": writes(), "2.15": waits, "2.16": waits, "2.17": waits},
    )

    def interrupt() -> None:
        runner.started.wait(30)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    results = {
        one.cell.subject: one
        for one in runner.run(plan(("2.14..2.17",), "legacy"), 2, lambda _: None)
    }
    assert results["2.14"].status == 0
    assert [results[name].status for name in ("2.15", "2.16", "2.17")] == [130, 130, 130]
    assert results["2.17"].reason == "not started"
    assert len(list(tmp_path.glob("out/*/told"))) == 2


def cell_of(subject: str, report: dict[str, Any] | None, **fields: Any) -> dict[str, Any]:
    return {
        "subject": subject,
        "profile": "legacy",
        "report": report,
        "folder": None,
        "reason": "",
    } | fields


def test_steps_are_between_neighbours_of_one_profile_and_flavour():
    base, candidate = sample.pair()
    document = matrix_report.build(
        [
            cell_of("2.15", base),
            cell_of("2.16", None, reason="no Python"),
            cell_of("2.16", base, profile="v2"),
            cell_of("2.16+tf_keras", base),
            cell_of("2.17", candidate),
            cell_of("2.18", {**candidate, "incomplete": True}),
            cell_of("2.17+tf_keras", base),
        ]
    )
    documents.validate(document)
    assert [(step["base"], step["candidate"]) for step in document["steps"]] == [(0, 4), (3, 6)]
    assert [step["severity"] for step in document["steps"]] == ["regression", "none"]
    assert document["steps"][0]["counts"]["lost"] > 0
    assert "2.16 (legacy) could not be run" in document["headline"]


def test_a_long_reason_leaves_the_names_their_room():
    console = Console(width=60, file=io.StringIO())
    document = matrix_report.build([cell_of("2.15", None, reason="no Python 3.11 here; " * 20)])
    terminal.print_matrix(document, console)
    assert "2.15     legacy" in console.file.getvalue()


def test_one_release_follows_itself_with_one_keras_and_the_next():
    base, candidate = sample.pair()
    document = matrix_report.build(
        [
            cell_of("2.16", base),
            cell_of("2.16+keras3.0", base),
            cell_of("2.16+keras3.3", candidate),
            cell_of("2.21", base),
            cell_of("2.21+keras3.12", base),
        ]
    )
    assert [(step["base"], step["candidate"]) for step in document["steps"]] == [(1, 2), (0, 3)]
    page = write_matrix_page_of(document)
    assert "TensorFlow 2.16 with one Keras and the next" in page
    assert '<th scope="col">keras3.3</th>' in page


def write_matrix_page_of(document: dict[str, Any]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.html"
        write_matrix_page(path, document)
        return path.read_text("utf-8")


def test_a_step_says_how_far_the_frozen_inputs_moved(tmp_path):
    base, candidate = sample.pair()
    drifted = compare(base, candidate)["checks"]
    api = next(check["api"] for check in drifted if check["class"] == "drifted")
    for side, value in (("a", 1.0), ("b", 1.0 + 3 * 2**-23)):
        output = outputs.Output(0, "y", "float32", np.float32([value]), np.float32([2**-22]))
        entry = outputs.EntryOutputs("1", "t", api, "float32", "values", None, (output,))
        outputs.write(tmp_path / side / outputs.NAME, "00", [entry])
    document = matrix_report.build(
        [
            {**cell_of("2.15", base), "path": tmp_path / "a"},
            {**cell_of("2.16", candidate), "path": tmp_path / "b"},
        ]
    )
    documents.validate(document)
    (row,) = document["steps"][0]["distances"]
    assert (row["api"], row["ulp"]["most"], row["radii"]["most"]) == (api, 3, 1.5)
    assert "up to 3 ulp and 1.5 radii" in write_matrix_page_of(document)


def matrix_on_disk(folder: Path, *cells: tuple[str, dict[str, Any] | None]) -> Path:
    rows = []
    for subject, report in cells:
        path = folder / f"{subject}-legacy" / "label"
        if report is not None:
            files.write_json(path / "report.json", report)
            files.write_text(path / "index.html", subject)
        where = f"{subject}-legacy/label" if report is not None else None
        rows.append(cell_of(subject, report, folder=where, reason="" if report else "no Python"))
    files.write_json(folder / "matrix.json", matrix_report.build(rows))
    return folder


def merge(*arguments: object):
    return CliRunner().invoke(cli.main, ["merge", *map(str, arguments)])


def test_parts_are_merged_in_the_order_of_releases(tmp_path):
    base, candidate = sample.pair()
    one = matrix_on_disk(tmp_path / "one", ("2.21", candidate), ("1.15", None))
    two = matrix_on_disk(tmp_path / "two", ("2.15", base), ("1.15", base))
    ran = merge(one, two, "--out", tmp_path / "whole")
    assert ran.exit_code == 0, ran.output
    document = documents.load_matrix(tmp_path / "whole")
    assert [cell["subject"] for cell in document["cells"]] == ["1.15", "2.15", "2.21"]
    assert len(document["steps"]) == 2
    for cell in document["cells"]:
        assert (tmp_path / "whole" / cell["folder"] / "index.html").exists()


def test_a_small_matrix_has_reports_alone_and_is_read_as_any_other(tmp_path):
    base, candidate = sample.pair()
    here = {**base, "subject": {**base["subject"], "executable": "/opt/2.15/bin/python"}}
    whole = matrix_on_disk(tmp_path / "whole", ("2.15", here), ("2.21", candidate))
    ran = merge(whole, "--small", "--out", tmp_path / "kept")
    assert ran.exit_code == 0, ran.output
    kept = tmp_path / "kept"
    names = {path.name for path in kept.rglob("*") if path.is_file()}
    assert names == {"matrix.json", "index.html", "report.json.gz"}
    for cell, report in zip(documents.load_matrix(kept)["cells"], (base, candidate), strict=True):
        assert documents.load(kept / cell["folder"]) == report
        assert cell["folder"] not in (kept / "index.html").read_text("utf-8")
    again = merge(kept, "--out", tmp_path / "again")
    assert again.exit_code == 0, again.output
    for cell in documents.load_matrix(tmp_path / "again")["cells"]:
        assert (tmp_path / "again" / cell["folder"] / "index.html").exists()
    diffed = CliRunner().invoke(
        cli.main,
        ["diff", str(kept / "2.15-legacy"), str(kept / "2.21-legacy"), "--out", str(tmp_path)],
    )
    assert "2.21" in diffed.output, diffed.output


def test_the_same_cell_from_two_machines_is_refused(tmp_path):
    base, _ = sample.pair()
    one, two = (matrix_on_disk(tmp_path / name, ("2.15", base)) for name in ("one", "two"))
    ran = merge(one, two, "--out", tmp_path / "whole")
    assert ran.exit_code == 2
    assert "2.15-legacy is in" in ran.output
    assert "shard" in ran.output


def test_what_is_no_matrix_is_named(tmp_path):
    ran = merge(tmp_path, "--out", tmp_path / "whole")
    assert ran.exit_code == 2
    assert "holds no matrix.json" in ran.output


def test_a_matrix_of_a_real_tensorflow(tmp_path, tensorflow_python):
    command = [sys.executable, "-m", "conformance", "matrix", "--tf", tensorflow_python]
    command += ["--profile", "both", "-k", "test_no_op", "--examples", "2", "-j", "1"]
    command += ["--out", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    document = documents.load_matrix(tmp_path)
    assert [cell["summary"]["failed"] for cell in document["cells"]] == [0, 0]
    assert (tmp_path / "index.html").exists()
    again = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert "2 of 2 had finished before" in again.stderr
