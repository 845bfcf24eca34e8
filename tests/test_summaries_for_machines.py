"""What CI systems read of a run: CTRF, the Markdown summary, and the action's script."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import sample_reports as sample
import yaml
from conftest import ROOT

from reports import ctrf, markdown
from reports import matrix as matrix_report
from reports.diff import compare
from reports.files import write_json


def test_ctrf_counts_every_check_once():
    _, report = sample.pair()
    results = ctrf.document(report)["results"]
    summary = results["summary"]
    statuses = ("passed", "failed", "pending", "skipped", "other")
    assert summary["tests"] == sum(summary[name] for name in statuses) == len(report["checks"])
    bad = [
        check
        for check in report["checks"]
        if check["outcome"] in ("failed", "crashed", "timed_out")
    ]
    assert summary["failed"] == len(bad) > 0
    assert summary["stop"] - summary["start"] == pytest.approx(
        1000 * report["summary"]["seconds"], abs=1
    )
    failed = [test for test in results["tests"] if test["status"] == "failed"]
    assert all(test["message"] for test in failed)


def test_markdown_says_the_gravest_first_and_fits_a_screen():
    base, candidate = sample.pair()
    for text in (markdown.of_run(candidate), markdown.of_diff(compare(base, candidate))):
        lines = text.splitlines()
        assert lines[0].startswith("### ")
        assert len(lines) <= 40
        findings = [line for line in lines if line.startswith("- ")]
        assert "‼" in findings[0] or "✕" in findings[0]


def test_markdown_of_a_matrix_names_what_could_not_run():
    base, candidate = sample.pair()
    names = ("subject", "profile", "report", "folder", "reason")
    cells = [("2.15", "legacy", base, None, ""), ("2.16", "legacy", None, None, "no <Python>")]
    cells.append(("2.21", "legacy", candidate, None, ""))
    text = markdown.of_matrix(
        matrix_report.build([dict(zip(names, cell, strict=True)) for cell in cells])
    )
    assert r"- 2.16 (legacy): no \<Python\>" in text
    assert "| 2.15 → 2.21 (legacy) |" in text


HOSTILE = "</summary><script>alert(1)</script> | `x` [a](javascript:b) *c*"


def test_hostile_strings_are_only_text():
    _, report = sample.pair()
    report["checks"][0] |= {"id": HOSTILE, "api": HOSTILE}
    for check in report["checks"]:
        if check["failure"]:
            check["failure"]["message"] = HOSTILE
    text = markdown.of_run(report)
    outside_code = "".join(text.split("`")[::2]).replace("\\<", "").replace("\\>", "")
    assert "<" not in outside_code
    assert "](javascript" not in outside_code.replace("\\]", "")
    for line in text.splitlines():
        if line.startswith("|"):
            assert line.count("|") - line.count("\\|") == 6


def test_a_step_summary_is_appended_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    markdown.to_step_summary("nowhere")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    markdown.to_step_summary("one")
    markdown.to_step_summary("two")
    assert (tmp_path / "summary.md").read_text("utf-8") == "one\ntwo\n"


def test_a_run_writes_ctrf_and_the_step_summary(litmus, monkeypatch):
    summary = litmus.folder / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    ran = litmus("--examples", 2, "--litmus-format", "markdown")
    assert ran.status == 0, ran.output
    assert (ran.folder / "ctrf.json").exists()
    assert summary.read_text("utf-8").startswith("### TensorFlow")
    assert summary.read_text("utf-8").strip() in ran.output


def test_the_action_compares_by_its_inputs(tmp_path):
    """Its script is run as the runner would, on two reports, with this tf-litmus."""
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    assert {"baseline", "candidate", "select", "fail-on"} <= action["inputs"].keys()
    (step,) = [one for one in action["runs"]["steps"] if one.get("id") == "diff"]
    binary = tmp_path / "tf-litmus" / "bin" / "tf-litmus"
    binary.parent.mkdir(parents=True)
    binary.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m conformance "$@"\n', encoding="utf-8")
    binary.chmod(0o755)
    for name, report in zip(("old", "new"), sample.pair(), strict=True):
        write_json(tmp_path / name / "report.json", report)
    environment = {
        **os.environ,
        "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "BASELINE": "old",
        "CANDIDATE": "new",
        "SELECT": "",
        "EXAMPLES": "",
        "FAIL_ON": "regression",
    }
    ran = subprocess.run(
        ["bash", "-e", "-c", step["run"]], cwd=tmp_path, env=environment, check=False
    )
    assert ran.returncode == 1
    assert (tmp_path / "output").read_text("utf-8") == "severity=regression\n"
    assert (tmp_path / "tf-litmus-report" / "index.html").exists()
    assert "fails" in (tmp_path / "summary.md").read_text("utf-8")
